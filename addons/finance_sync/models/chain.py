from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..compat import NOT_SUMMED
from ..core import chain as chains
from .own_cursor import own_cursor

# What a person waits for; more is a job's.
SMALL = 100_000
PAGE = 50_000


class Chain(models.Model):
    """What is known of one chain: its head, and when it was verified last."""

    _name = "finance.sync.chain"
    _description = "Finance Sync Chain"
    _order = "chain"
    _sql_constraints = [("chain_unique", "UNIQUE(chain)", "A chain has one row.")]

    chain = fields.Integer(required=True, readonly=True, **NOT_SUMMED)
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        ondelete="set null",
        help="Empty for events that concern several companies, or none.",
    )
    state = fields.Selection(
        [
            ("unverified", "Not Verified Yet"),
            ("intact", "Intact"),
            ("broken", "Broken"),
        ],
        required=True,
        readonly=True,
        default="unverified",
    )
    verified_at = fields.Datetime(readonly=True)
    verified_events = fields.Integer(readonly=True, help="Events verified last time.")
    message = fields.Text(readonly=True, string="Broken Links")
    head_number = fields.Integer(compute="_compute_head", string="Seals", **NOT_SUMMED)
    head_hash = fields.Char(compute="_compute_head")
    event_count = fields.Integer(compute="_compute_head", string="Sealed Events")
    sealed_at = fields.Datetime(compute="_compute_head")
    unsealed_count = fields.Integer(compute="_compute_head", string="Not Sealed Yet")
    anchored_number = fields.Integer(
        compute="_compute_anchored",
        help="The last seal that an anchor outside this database names.",
        **NOT_SUMMED,
    )
    anchored_at = fields.Datetime(compute="_compute_anchored")

    @api.depends("chain", "company_id")
    def _compute_display_name(self):
        names = self._names(self.mapped("chain"))
        for chain in self:
            chain.display_name = names[chain.chain]

    @api.model
    def _names(self, numbers):
        """Chain → what to call it."""
        # Names of companies are no secret to whoever sees their chain.
        companies = self.env["res.company"].sudo().browse(set(numbers) - {0}).exists()
        names = {company.id: company.name for company in companies}
        return {
            number: names.get(number)
            or (_("Company %s", number) if number else _("No Single Company"))
            for number in numbers
        }

    def _compute_head(self):
        heads = self._heads()
        waiting = self._waiting()
        for chain in self:
            number, hash_, total, sealed_at = heads.get(
                chain.chain, (0, False, 0, False)
            )
            chain.head_number, chain.head_hash = number, hash_
            chain.event_count, chain.sealed_at = total, sealed_at
            chain.unsealed_count = waiting.get(chain.chain, 0)

    @api.model
    def _heads(self):
        """Chain → (number, hash, total, sealed_at) of its last seal."""
        self.env.cr.execute(
            "SELECT DISTINCT ON (chain) chain, number, hash, total, sealed_at"
            " FROM finance_sync_seal ORDER BY chain, number DESC"
        )
        return {chain: tuple(head) for chain, *head in self.env.cr.fetchall()}

    def _waiting(self):
        self.env.cr.execute(
            "SELECT chain, sum(event_count)::int FROM finance_sync_unsealed"
            " WHERE chain = ANY(%s) GROUP BY chain",
            [self.mapped("chain")],
        )
        return dict(self.env.cr.fetchall())

    def _compute_anchored(self):
        # What an anchor says is no secret to whoever sees the chain.
        last = self.env["finance.sync.anchor"].sudo().search([], limit=1)
        heads = last._heads()
        for chain in self:
            number = heads.get(chain.chain, (0, ""))[0]
            chain.anchored_number = number
            chain.anchored_at = last.made_at if number else False

    # -- Rows

    @api.model
    def _ensure(self):
        """A row for every chain that there is a trace of; all of them."""
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                INSERT INTO finance_sync_chain (chain, company_id, state)
                SELECT found.chain, company.id, 'unverified'
                FROM (
                    SELECT DISTINCT chain FROM finance_sync_seal
                    UNION SELECT DISTINCT chain FROM finance_sync_unsealed
                    UNION SELECT DISTINCT COALESCE(company_ref, 0)
                        FROM finance_sync_event
                ) AS found
                LEFT JOIN res_company AS company ON company.id = found.chain
                ON CONFLICT DO NOTHING
                """
            )
        self.invalidate_model()
        return self.search([])

    @api.model
    def action_open(self):
        """Show the chains, up to date."""
        self._check_may_verify()
        self._ensure()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "finance_sync.finance_sync_chain_action"
        )

    # -- Verifying

    def _check_may_verify(self):
        user = self.env.user
        if not self.env.su and not (
            user.has_group("finance_sync.group_auditor")
            or user.has_group("finance_sync.group_manager")
        ):
            raise AccessError(_("Only a Finance Sync auditor or manager may do this."))

    def action_seal(self):
        """Seal now what else the next minute's job would seal."""
        self._check_may_verify()
        self.env["finance.sync.seal"]._seal()
        self.invalidate_recordset()
        return True

    def action_verify(self):
        """Verify these chains, by a job if they are long."""
        self._check_may_verify()
        if sum(self.mapped("event_count")) > SMALL:
            self.with_delay(
                channel="root.finance_sync.reporting", max_retries=0
            )._job_verify()
            return self._notify(
                "info", _("The chains are long: a job verifies them. Look again later.")
            )
        broken = self._verify()
        if broken:
            return self._notify(
                "danger", "\n".join(str(found[0]) for found in broken.values())
            )
        return self._notify("success", _("Every event and every seal is as it was."))

    def _notify(self, kind, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _job_verify(self):
        """Running again is safe: it reads, and notes what it found."""
        broken = self._verify()
        return _("%s chains are broken.", len(broken)) if broken else _("Intact.")

    @api.model
    def _cron_verify(self):
        self.env["finance.sync.seal"]._seal()
        self._ensure()._verify()

    def _verify(self):
        """Verify these and note the result: {chain row: its breaks}, if any.

        The rows are evidence, kept by us alone; the user was checked before.
        """
        bodies, bad = self.env["finance.sync.anchor"].sudo()._bodies()
        broken = {}
        for chain in self.sudo():
            verifier, breaks = chain._breaks(bodies)
            breaks = [chains.Break(chain.chain, "bad_anchor") for _name in bad] + breaks
            chain._note(verifier, breaks[: chains.MOST_BREAKS])
            if breaks:
                broken[chain] = breaks
        return broken

    @api.model
    def _verify_against(self, body):
        """What is broken in the chains that an anchor names; notes nothing.

        :param body: of an anchor whose signature was verified
        :raises UserError: it is an anchor of another database
        """
        # As every database of Odoo has it.
        here = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        if body["database"] != here:
            raise UserError(_("This anchor is of another database."))
        rows = {row.chain: row for row in self._ensure()}
        breaks = []
        for number in sorted({head["chain"] for head in body["chains"]}):
            if number in rows:
                breaks += rows[number]._breaks([body])[1]
            else:
                breaks.append(chains.Break(number, "tail_missing"))
        return breaks

    def _breaks(self, bodies):
        """(Verifier that was fed this chain, what is broken), anchors included.

        ``bodies``: of anchors, whose signature was verified.
        """
        verifier, breaks = self.env["finance.sync.seal"]._verifier(self.chain)
        for body in bodies:
            for number, hash_ in _heads_of(body, self.chain):
                wrong = verifier.check_head(number, hash_)
                if wrong and wrong not in breaks:
                    breaks.append(wrong)
        breaks += [
            chains.Break(self.chain, "event_inserted", event=event_id)
            for event_id in self._unaccounted(verifier.covered)
        ]
        return verifier, breaks[: chains.MOST_BREAKS]

    def _unaccounted(self, covered):
        """Events of this chain that are in no seal and do not wait for one."""
        found, last = [], -(2**63)
        while len(found) < chains.MOST_BREAKS:
            self.env.cr.execute(
                """
                SELECT id FROM finance_sync_event
                WHERE COALESCE(company_ref, 0) = %(chain)s AND id > %(last)s
                ORDER BY id LIMIT %(page)s
                """,
                {"chain": self.chain, "last": last, "page": PAGE},
            )
            ids = [row[0] for row in self.env.cr.fetchall()]
            found += [event_id for event_id in ids if event_id not in covered]
            if len(ids) < PAGE:
                break
            last = ids[-1]
        return found[: chains.MOST_BREAKS]

    def _note(self, verifier, breaks):
        message = "\n".join(map(str, breaks)) or False
        news = message and message != self.message
        self.write(
            {
                "state": "broken" if breaks else "intact",
                "verified_at": fields.Datetime.now(),
                "verified_events": verifier.event_count,
                "message": message,
            }
        )
        self.env["finance.sync.event"]._record(
            f"finance_sync.chain.{'broken' if breaks else 'verified'}",
            self,
            data={
                "chain": self.chain,
                "seals": verifier.head.number if verifier.head else 0,
                "events": verifier.event_count,
                "first_break": str(breaks[0]) if breaks else None,
            },
        )
        if news:
            self._raise_hold(breaks)

    def _raise_hold(self, breaks):
        company = self.company_id or self.env["res.company"].browse(
            self.env["res.users"].browse(SUPERUSER_ID).company_id.id
        )
        self.env["finance.sync.hold"]._raise(
            "chain_broken",
            company=company,
            summary=_(
                "The event log of %(chain)s is not as it was: %(first)s.",
                chain=self.display_name,
                first=breaks[0],
            ),
        )

    # -- Looking

    def action_open_seals(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_seal_action"
            ),
            "domain": [("chain", "=", self.chain)],
        }

    def action_open_events(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_event_action"
            ),
            "domain": [("company_ref", "=", self.chain or False)],
        }


def _heads_of(body, chain):
    return [
        (head["number"], head["hash"])
        for head in body["chains"]
        if head["chain"] == chain
    ]

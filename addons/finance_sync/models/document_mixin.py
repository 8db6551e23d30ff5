import uuid

from markupsafe import Markup
from odoo import _, api, fields, models
from odoo.exceptions import AccessError

# Set for every new document, whatever its creator says.
_GIVEN = {"finance_sync_uuid", "finance_sync_correlation_id"}

SEEN_BY = "finance_sync.group_user,finance_sync.group_auditor"


class DocumentMixin(models.AbstractModel):
    """A document that messages are exchanged about."""

    _name = "finance.sync.document.mixin"
    _description = "Finance Sync Document"

    # Names the document to the outside. A database id would not do: ids recur when a
    # database is restored, and the other side would take the new for the old.
    finance_sync_uuid = fields.Char(
        string="Sync UUID", copy=False, readonly=True, index=True
    )
    finance_sync_correlation_id = fields.Char(
        string="Correlation", copy=False, readonly=True, index=True
    )
    finance_sync_exchange_ids = fields.One2many(
        "finance.sync.exchange",
        string="Exchanges",
        compute="_compute_finance_sync_exchanges",
        groups=SEEN_BY,
    )
    finance_sync_exchange_count = fields.Integer(
        string="Exchange Count",
        compute="_compute_finance_sync_exchanges",
        groups=SEEN_BY,
    )
    finance_sync_hold_ids = fields.One2many(
        "finance.sync.hold",
        string="Open Holds",
        compute="_compute_finance_sync_holds",
        groups=SEEN_BY,
    )
    finance_sync_hold_count = fields.Integer(
        string="Open Hold Count",
        compute="_compute_finance_sync_holds",
        groups=SEEN_BY,
    )
    finance_sync_banner = fields.Html(
        string="Waiting",
        compute="_compute_finance_sync_banner",
        sanitize=False,
        groups=SEEN_BY,
    )
    finance_sync_banner_level = fields.Selection(
        [("info", "Information"), ("warning", "Warning"), ("danger", "Error")],
        compute="_compute_finance_sync_banner",
        groups=SEEN_BY,
    )

    @api.model_create_multi
    def create(self, vals_list):
        given = []
        for vals in vals_list:
            self._finance_sync_check_kept(
                name
                for name in vals.keys() - _GIVEN
                if not self._finance_sync_is_default(name, vals[name])
            )
            # Never from outside: two documents would be one to the other side. A new
            # dict each, as callers may pass the same one several times.
            number = str(uuid.uuid4())
            own = {"finance_sync_uuid": number, "finance_sync_correlation_id": number}
            given.append({**vals, **own})
        documents = super().create(given)
        for document in documents:
            origin = document._finance_sync_origin()
            if origin:
                origin._finance_sync_ensure_uuid()
                document._finance_sync_set(
                    {"finance_sync_correlation_id": origin.finance_sync_correlation_id}
                )
        return documents

    def write(self, vals):
        self._finance_sync_check_kept(vals.keys())
        return super().write(vals)

    def _finance_sync_is_default(self, name, value):
        """On 17.0 a payment gives its entry every default of the entry's fields."""
        default = self._fields[name].default
        return isinstance(value, str) and bool(default) and default(self) == value

    def _finance_sync_check_kept(self, names):
        """Refuse what is kept by us alone: ``readonly`` binds screens, not callers.

        :raises AccessError: somebody writes a stored field of ours
        """
        kept = [
            name
            for name in names
            if name.startswith("finance_sync_")
            and self._fields[name].store
            and self._fields[name].readonly
        ]
        if kept and not self.env.su:
            raise AccessError(
                _("These fields are kept by Finance Sync: %s.", ", ".join(kept))
            )

    def _finance_sync_set(self, vals):
        """Store fields of ours, as computed fields are: it is no change of a document.

        ``write`` would check and compute a whole entry for it.
        """
        names = [self._fields[name] for name in vals]
        with self.env.protecting(names, self):
            for name, value in vals.items():
                self[name] = value
        self.modified(list(vals))

    def _finance_sync_origin(self):
        """The document whose business flow this one belongs to, if another."""
        return self.browse()

    def _finance_sync_ensure_uuid(self):
        """Give a UUID to documents that were there before this addon."""
        for document in self.filtered(lambda d: not d.finance_sync_uuid):
            name = str(uuid.uuid4())
            document._finance_sync_set(
                {"finance_sync_uuid": name, "finance_sync_correlation_id": name}
            )

    def _finance_sync_forget(self):
        """Exchanges or holds about these have changed in this transaction."""
        self.invalidate_recordset(
            [
                "finance_sync_exchange_ids",
                "finance_sync_exchange_count",
                "finance_sync_hold_ids",
                "finance_sync_hold_count",
                "finance_sync_banner",
                "finance_sync_banner_level",
            ],
            flush=False,
        )

    def _compute_finance_sync_exchanges(self):
        found = {}
        uuids = [d.finance_sync_uuid for d in self if d.finance_sync_uuid]
        exchanges = self.env["finance.sync.exchange"]
        if uuids:
            # How many there are concerns whoever may read the document.
            for exchange in exchanges.sudo().search([("document_uuid", "in", uuids)]):
                found.setdefault(exchange.document_uuid, []).append(exchange.id)
        for document in self:
            mine = exchanges.browse(found.get(document.finance_sync_uuid, []))
            document.finance_sync_exchange_ids = mine
            document.finance_sync_exchange_count = len(mine)

    def _compute_finance_sync_holds(self):
        found = {}
        uuids = [d.finance_sync_uuid for d in self if d.finance_sync_uuid]
        holds = self.env["finance.sync.hold"]
        if uuids:
            domain = [("document_uuid", "in", uuids), ("state", "=", "open")]
            # See _compute_finance_sync_exchanges.
            for hold in holds.sudo().search(domain):
                found.setdefault(hold.document_uuid, []).append(hold.id)
        for document in self:
            mine = holds.browse(found.get(document.finance_sync_uuid, []))
            document.finance_sync_hold_ids = mine
            document.finance_sync_hold_count = len(mine)

    def _compute_finance_sync_banner(self):
        for document in self:
            parts = document._finance_sync_banner_parts()
            levels = [level for level, _text in parts]
            document.finance_sync_banner = Markup("").join(
                Markup("<p>%s</p>") % text for _level, text in parts
            )
            document.finance_sync_banner_level = next(
                (x for x in ("danger", "warning", "info") if x in levels), False
            )

    def _finance_sync_banner_parts(self):
        """What to tell whoever looks: [(level, text)]; why, who acts, what next.

        ``level`` is info, warning or danger. Plain words, no technical records.
        """
        self.ensure_one()
        if not self.id or not self.finance_sync_uuid:
            return []
        # Whoever may read the document may know why it waits.
        holds = self.finance_sync_hold_ids.sudo()
        if holds:
            return [self._finance_sync_hold_part(hold) for hold in holds]
        waiting = self.finance_sync_exchange_ids.sudo().filtered(
            lambda exchange: exchange.state == "pending"
        )
        if not waiting:
            return []
        return [self._finance_sync_waiting_part(waiting)]

    def _finance_sync_hold_part(self, hold):
        level = "danger" if hold.severity in ("error", "critical") else "warning"
        owner = hold.user_id.name
        first, *more = (hold.summary or "").splitlines() or [""]
        lines = [
            _("%(what)s: %(summary)s", what=hold.type_id.name, summary=first),
            *more,
            _("%s looks after it.", owner) if owner else "",
            *(hold.advice or "").splitlines(),
        ]
        return level, Markup("<br/>").join(line for line in lines if line.strip())

    def _finance_sync_waiting_part(self, waiting):
        connection = waiting[-1].connection_id
        if connection.state != "active":
            text = _(
                "Waits for “%(name)s”, which is paused: %(reason)s %(owner)s looks"
                " after it. Nothing is to be done here; it goes on by itself.",
                name=connection.name,
                reason=connection.pause_reason or "",
                owner=connection.owner_id.name or _("An administrator"),
            )
            return "warning", text
        text = _(
            "Is being sent to “%s”. Nothing is to be done; it goes on by itself.",
            connection.name,
        )
        return "info", text

    def action_finance_sync_open_holds(self):
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_hold_action"
            ),
            "domain": [("document_uuid", "in", self.mapped("finance_sync_uuid"))],
            "context": {"search_default_open": 1},
        }

    def action_finance_sync_open_exchanges(self):
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_exchange_action"
            ),
            "domain": [("document_uuid", "in", self.mapped("finance_sync_uuid"))],
            "context": {},
        }

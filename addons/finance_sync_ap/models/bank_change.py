from odoo import _, api, fields, models
from odoo.addons.finance_sync.models.internal import internal_value
from odoo.exceptions import AccessError, UserError

from ..core.bank import known_before, read_account

KINDS = [
    ("created", "New Account"),
    ("bill", "New on a Bill"),
    ("number", "Other Number"),
    ("holder", "Other Holder"),
    ("restored", "Taken out of the Archive"),
]
# Context key: the bill that names the account.
FOUND_ON = "finance_sync_ap_found_on"
HOLDS = ("ap_bank_change", "ap_bank_shared")
# What was decided stays: not even the superuser rewrites it. Whose it is may be merged
# with another partner; the fingerprint keeps which one was meant.
TRIGGERS = """
    DROP TRIGGER IF EXISTS finance_sync_bank_change_settled
        ON finance_sync_bank_change;
    CREATE TRIGGER finance_sync_bank_change_settled
        BEFORE UPDATE OF state, kind, fingerprint,
            account_masked, before_masked, known_numbers, changed_by, changed_at,
            confirmed_by, confirmed_at, called_at, called_person, called_number,
            number_source, note
        ON finance_sync_bank_change
        FOR EACH ROW WHEN (OLD.state <> 'pending')
        EXECUTE FUNCTION finance_sync_refuse();
    DROP TRIGGER IF EXISTS finance_sync_bank_change_stays
        ON finance_sync_bank_change;
    CREATE TRIGGER finance_sync_bank_change_stays
        BEFORE DELETE OR TRUNCATE ON finance_sync_bank_change
        FOR EACH STATEMENT EXECUTE FUNCTION finance_sync_refuse();
"""


class BankChange(models.Model):
    """A new or changed account of a vendor, and the call that confirmed it."""

    _name = "finance.sync.bank.change"
    _description = "Bank Change"
    _inherit = ["finance.sync.document.mixin"]
    _order = "changed_at desc, id desc"
    _rec_name = "account_masked"

    bank_id = fields.Many2one(
        "res.partner.bank", readonly=True, index=True, ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Account Holder",
        readonly=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    bill_id = fields.Many2one(
        "finance.sync.bill", string="Found on", readonly=True, ondelete="set null"
    )
    kind = fields.Selection(KINDS, string="What Happened", required=True, readonly=True)
    fingerprint = fields.Char(
        required=True, readonly=True, groups="finance_sync.group_auditor"
    )
    account_masked = fields.Char(string="Account", required=True, readonly=True)
    before_masked = fields.Char(string="Before", readonly=True)
    account = fields.Char(
        string="Account to Confirm",
        compute="_compute_account",
        groups="finance_sync.group_approver",
    )
    wrong_number = fields.Boolean(
        string="Wrong Check Digits",
        readonly=True,
        help="It looks like an IBAN and is none.",
    )
    known_numbers = fields.Json(
        readonly=True, help="Telephone numbers that were on file before the change."
    )
    known_text = fields.Text(string="Call One of These", compute="_compute_known_text")
    state = fields.Selection(
        [
            ("pending", "To Confirm"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
            ("superseded", "Given Up"),
        ],
        required=True,
        readonly=True,
        default="pending",
        index=True,
    )
    changed_by = fields.Many2one("res.users", required=True, readonly=True)
    changed_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    confirmed_by = fields.Many2one("res.users", string="Decided by", readonly=True)
    confirmed_at = fields.Datetime(string="Decided on", readonly=True)
    called_at = fields.Datetime(readonly=True)
    called_person = fields.Char(string="Spoke with", readonly=True)
    called_number = fields.Char(string="Number Called", readonly=True)
    number_source = fields.Selection(
        [("on_file", "On File Before"), ("independent", "Found Independently")],
        readonly=True,
    )
    note = fields.Text(readonly=True)

    def init(self):
        self.env.cr.execute(TRIGGERS)

    @api.depends_context("uid")
    @api.depends("bank_id.acc_number")
    def _compute_account(self):
        for change in self:
            change.account = change.sudo().bank_id.acc_number  # for approvers only

    @api.depends("known_numbers")
    def _compute_known_text(self):
        for change in self:
            change.known_text = "\n".join(
                f"{each['name']}: {each['number']}"
                for each in change.known_numbers or []
            )

    # -- Guards

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Changes of accounts are noticed, not entered."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(_("A change is decided on by its buttons."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Changes of bank details are evidence and stay."))

    # -- Steps

    @api.model
    def _begin(self, banks, kind, before):
        """Note that these accounts are new or changed, and hold those of vendors.

        :param before: {account id: its shortened number before}
        """
        bill = internal_value(self.env, FOUND_ON)
        now = fields.Datetime.now()
        vals_list = []
        for bank in banks.sudo():  # whoever changes it, it is noticed
            known = known_before(bank.partner_id._finance_sync_contacts(), now)
            account = read_account(bank.acc_number)
            vals_list.append(
                {
                    "bank_id": bank.id,
                    "partner_id": bank.partner_id.id,
                    "company_id": bank.company_id.id,
                    "bill_id": bill or False,
                    "kind": "bill" if bill else kind,
                    "fingerprint": bank._finance_sync_fingerprint(),
                    "account_masked": bank._finance_sync_masked(),
                    "before_masked": before.get(bank.id),
                    "wrong_number": not account.valid,
                    "known_numbers": [
                        {"name": each.name, "number": each.number} for each in known
                    ],
                    "changed_by": self.env.uid,
                    "changed_at": now,
                }
            )
        changes = self.sudo().create(vals_list).with_env(self.env)
        changes._tell("changed")
        for change in changes:
            change._hold_if_vendor()
        return changes

    def _hold_if_vendor(self):
        change = self.sudo()  # holds are made by what happens
        holder = change.partner_id.commercial_partner_id
        if not (holder.supplier_rank or change.bill_id):
            return
        company = change.company_id or change.bill_id.company_id or self.env.company
        holds = self.env["finance.sync.hold"]
        holds._raise(
            "ap_bank_change",
            document=change,
            company=company,
            summary=_(
                "%(what)s: %(account)s of %(holder)s, entered by %(user)s. Nothing is "
                "paid there until a second person has confirmed it by telephone.",
                what=dict(self._fields["kind"]._description_selection(self.env))[
                    change.kind
                ],
                account=change.account_masked,
                holder=holder.display_name,
                user=change.changed_by.name,
            ),
        )
        others = change.bank_id._finance_sync_others()
        if others:
            holds._raise(
                "ap_bank_shared",
                document=change,
                company=company,
                summary=change._explain_shared(others),
            )

    def _explain_shared(self, others):
        names = [
            _("%s (archived)", bank.partner_id.display_name)
            if not bank.active
            else bank.partner_id.display_name
            for bank in others[:5]
        ]
        return _(
            "Account %(account)s of %(holder)s is also that of %(others)s.",
            account=self.account_masked,
            holder=self.partner_id.display_name,
            others=", ".join(names),
        )

    def _supersede(self, why):
        for change in self:
            change._settle("superseded", {"note": why}, why)

    def _settle(self, state, vals, why):
        # Rows change through actions only, which have checked the user.
        self.sudo().write({"state": state, **vals})
        holds = self.env["finance.sync.hold"]
        holds._resolve_for(
            document=self.sudo(),
            codes=HOLDS,
            why=why,
            state="resolved" if state == "confirmed" else "cancelled",
        )
        self._tell(state)

    def _tell(self, what):
        events = []
        for change in self.sudo():  # whoever causes it may not see all of it
            data = {
                "kind": change.kind,
                "account": change.account_masked,
                "partner": change.partner_id.id,
                "changed_by": change.changed_by.id,
            }
            if what in ("confirmed", "refused"):
                data["proof"] = change._proof()
            events.append(
                {
                    "type": f"finance_sync.ap.bank.{what}",
                    "record": change,
                    "company": change.company_id or None,
                    "data": data,
                }
            )
        self.env["finance.sync.event"]._record_many(events)

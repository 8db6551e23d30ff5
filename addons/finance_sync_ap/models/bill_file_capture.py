from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.addons.finance_sync.core import canonical
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.exceptions import AccessError, UserError

from ..core.arithmetic import flaws
from ..core.bill import bill_from_dict
from ..core.bill_file import PDF
from ..core.capture import (
    CAPTURED,
    NEEDED,
    capture,
    capture_rates,
    fitting,
)
from ..core.capture_bill import bill_from_terms
from ..core.capture_lines import capture_lines
from ..core.scan import read_scan

TITLES = [(term.key, f"{term.title} ({term.key})") for term in CAPTURED]


class BillFile(models.Model):
    """A PDF without an electronic invoice: a person says what is on it.

    What patterns find in its text is a proposal. There is no bill before somebody has
    pressed Confirm beside the picture.
    """

    _inherit = "finance.sync.bill.file"

    template_id = fields.Many2one("finance.sync.bill.template", readonly=True)
    term_ids = fields.One2many("finance.sync.bill.file.term", "file_id")
    confirmed_by = fields.Many2one("res.users", readonly=True)
    confirmed_at = fields.Datetime(readonly=True)
    scanned = fields.Boolean(
        string="Recognised",
        readonly=True,
        help="Its text was recognised in a picture: compare every field with it.",
    )

    def _capture_scan(self):
        """There is no text in it: recognise that of its pictures, if that can be."""
        text, why_not = "", None
        try:
            text = read_scan(self._content())
        except ContractError as error:
            why_not = error.message
        self._capture(text, scanned=bool(text.strip()), why_not=why_not)

    def _capture(self, text, *, scanned=False, why_not=None):
        """Propose what is on it, by its text; a person says what is so.

        :param scanned: the text was recognised in a picture
        :param why_not: why it was not, where there is none
        """
        templates = self.env["finance.sync.bill.template"]._of_company(self.company_id)
        plain = fitting([one for _record, one in templates], text) if text else None
        record = next((one for one, mine in templates if mine is plain), None)
        found = capture(plain, text, scanned=scanned) if plain else {}
        self.term_ids.unlink()
        self.write(
            {
                "state": "captured",
                "reason": False,
                "text": text,
                "scanned": scanned,
                "template_id": record.id if record and plain else False,
                "term_ids": [
                    (0, 0, _term_vals(number, term, found.get(term.key)))
                    for number, term in enumerate(CAPTURED)
                ],
            }
        )
        totals = {key: one.value for key, one in found.items()}
        self._propose_rates(
            capture_rates(plain, text, totals, scanned=scanned) if plain else ()
        )
        self._propose_lines(
            capture_lines(plain, text, totals, scanned=scanned) if plain else ()
        )
        self._close_holds(_("A person says what is on it."))
        self.env["finance.sync.hold"]._raise(
            "ap_capture",
            document=self,
            connection=self.connection_id,
            company=self.company_id,
            summary=_(
                "%(file)s is to be confirmed. %(why)s",
                file=self.name,
                why=" ".join(filter(None, self._captured_by(plain, why_not))),
            ),
        )

    def _captured_by(self, template, why_not):
        if self.scanned:
            yield _("It is a scan: its text was recognised, and may be misread.")
        elif not (self.text or "").strip():
            yield _("It is a scan: there is no text in it.")
            yield why_not
        if template:
            yield _("Read by the template “%s”.", template.name)
        elif (self.text or "").strip():
            yield _("No template fits it.")

    def action_by_hand(self):
        """What could not be read is entered beside its picture."""
        self._check_clerk()
        files = self.sudo().filtered(
            lambda file: file.state == "failed" and file.mimetype == PDF
        )
        if not files:
            raise UserError(
                _("Only what failed, and can be shown, is entered by hand.")
            )
        for file in files:
            file._capture(file.text or "")
        return True

    def action_confirm(self):
        """This is what is on the bill, says the user; it goes on like any other."""
        self.ensure_one()
        self._check_clerk()
        if self.env.uid == SUPERUSER_ID:
            raise AccessError(_("A person has to confirm."))
        file = self.sudo()  # its state changes by this act, not by the fields' rights
        if file.state != "captured":
            raise UserError(_("There is nothing to confirm."))
        try:
            bill = bill_from_terms(
                file._terms(),
                file._line_name(),
                file.rate_ids._plain(),
                file.line_ids._plain(),
            )
            content = bill_from_dict(bill)
        except ContractError as error:
            raise UserError(error.message) from error
        file._check_sums(content)
        changed = file.term_ids.filtered(lambda term: term.value != term.proposed)
        corrected = changed.mapped("term")
        if file._rates_corrected():
            corrected.append("BG-23")
        if file._lines_corrected():
            corrected.append("BG-25")
        file.write(
            {
                "confirmed_by": self.env.uid,
                "confirmed_at": fields.Datetime.now(),
            }
        )
        file._tell(
            "confirmed",
            content=canonical.digest(bill),
            corrected=corrected,
        )
        try:
            file._deliver(bill, _("Confirmed by a person"), captured=True)
        except ContractError as error:
            raise UserError(error.message) from error
        return True

    def _terms(self):
        return {term.term: term.value or "" for term in self.term_ids}

    def _line_name(self):
        return _("As on the bill")

    def _check_sums(self, content):
        currency = self.env["res.currency"].search([("name", "=", content.currency)])
        if not currency:
            raise UserError(_("The currency %s is not active here.", content.currency))
        self._check_lines(content, currency)
        wrong = flaws(content, currency.decimal_places)
        if wrong:
            raise UserError(
                "\n".join(
                    [
                        _("What is entered does not add up:"),
                        *(
                            _(
                                "%(about)s is %(given)s, it should be %(found)s.",
                                about=flaw.about,
                                given=flaw.given,
                                found=flaw.found,
                            )
                            for flaw in wrong[:10]
                        ),
                    ]
                )
            )


def _term_vals(number, term, found):
    value = found.value if found else ("380" if term.key == "BT-3" else False)
    return {
        "sequence": number,
        "term": term.key,
        "value": value,
        "proposed": value,
        "confidence": found.confidence if found else 0.0,
    }


class BillFileTerm(models.Model):
    """A term as a pattern found it, and as a person says it is."""

    _name = "finance.sync.bill.file.term"
    _description = "Bill File Field"
    _order = "file_id, sequence, id"

    file_id = fields.Many2one(
        "finance.sync.bill.file", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    state = fields.Selection(related="file_id.state")
    sequence = fields.Integer(readonly=True)
    term = fields.Selection(TITLES, string="Field", required=True, readonly=True)
    needed = fields.Boolean(compute="_compute_needed")
    value = fields.Char(
        size=200, help="Dates as 2026-03-31, amounts as 1100.00, nothing else in them."
    )
    proposed = fields.Char(readonly=True, string="As Found")
    confidence = fields.Float(
        readonly=True,
        help="0.95: the totals add up; 0.8: found once; 0.4: one of several; 0.2: the"
        " totals do not add up. Less where it was read from a picture.",
    )

    def _compute_needed(self):
        for term in self:
            term.needed = term.term in NEEDED

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Fields come with their file."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - {"value"}:
                raise AccessError(_("Only the value is for people to say."))
            if self.file_id.filtered(lambda file: file.state != "captured"):
                raise UserError(_("What was confirmed is not changed any more."))
        return super().write(vals)

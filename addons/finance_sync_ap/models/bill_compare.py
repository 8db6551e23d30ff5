from odoo import _, api, fields, models
from odoo.tools.misc import format_amount, format_date

from ..core.bill_file import PDF

MOST_CANDIDATES = 4
# Of a paper, what is the same on both if they are the same bill.
COMPARED = frozenset(
    {
        "number",
        "kind",
        "date",
        "due",
        "vendor",
        "vat",
        "order",
        "untaxed",
        "tax",
        "total",
        "lines",
    }
)


class Bill(models.Model):
    """A bill beside those that may be the same one."""

    _inherit = "finance.sync.bill"

    similar_table = fields.Html(
        compute="_compute_candidates", compute_sudo=True, sanitize=False
    )
    similar_count = fields.Integer(
        compute="_compute_candidates", compute_sudo=True, string="Candidates"
    )
    candidate_id = fields.Many2one(
        "finance.sync.bill",
        compute="_compute_candidates",
        compute_sudo=True,
        search="_search_candidate_id",
    )
    candidate_data = fields.Binary(
        related="candidate_id.file_id.data", string="The Candidate's Original"
    )
    candidate_kind = fields.Char(related="candidate_id.file_id.mimetype")

    @api.depends("similar_ids", "state")
    @api.depends_context("lang")
    def _compute_candidates(self):
        for bill in self:
            alike = bill._candidates()
            booked = bill.env["account.move"]
            if not alike and bill.state == "held":
                booked = bill._booked_before()
            bill.candidate_id = bill._best_shown(alike)
            bill.similar_count = len(alike) + len(booked)
            bill.similar_table = bill._render_similar(alike, booked)

    @api.model
    def _search_candidate_id(self, operator, value):
        return [("similar_ids", operator, value)]

    def _render_similar(self, alike, booked):
        if not alike and not booked:
            return False
        papers = [self._paper()]
        papers += [other._paper() for other in alike[:MOST_CANDIDATES]]
        papers += [self._paper_of_entry(move) for move in booked]
        values = {
            "titles": [
                (name, title)
                for name, title in self._paper_titles()
                if any(paper[name] for paper in papers)
            ],
            "papers": papers,
            "compared": COMPARED,
        }
        return self.env["ir.qweb"]._render("finance_sync_ap.similar_table", values)

    def _best_shown(self, alike):
        """The one whose picture is shown: the likest that has one."""
        shown = alike.filtered(lambda one: one.file_id.mimetype == PDF)
        return (shown or alike)[:1]

    def _candidates(self):
        """What it is compared with; a duplicate may have been given up since."""
        return self.similar_ids.filtered(lambda one: one.state != "voided")

    def _paper_titles(self):
        return [
            ("number", _("Bill Number")),
            ("kind", _("Kind")),
            ("date", _("Bill Date")),
            ("due", _("Due Date")),
            ("vendor", _("Vendor")),
            ("vat", _("Vendor's VAT as Sent")),
            ("order", _("Order")),
            ("untaxed", _("Untaxed")),
            ("tax", _("Tax")),
            ("total", _("Total")),
            ("lines", _("Lines")),
            ("state", _("State")),
            ("received", _("Received on")),
            ("source", _("Came from")),
            ("booked", _("Vendor Bill")),
        ]

    def _paper(self):
        label = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("kind", "state")
        }
        names = self.line_ids[:5].mapped("name")
        return {
            "number": self.number or "",
            "kind": label["kind"][self.kind],
            "date": format_date(self.env, self.date) or "",
            "due": format_date(self.env, self.due) or "",
            "vendor": self.partner_id.display_name or self.vendor_name or "",
            "vat": self.vendor_vat or "",
            "order": self.order_ref or "",
            **self._paper_amounts(self),
            "lines": ", ".join(name for name in names if name),
            "state": label["state"][self.state],
            "received": format_date(self.env, self.received_at) or "",
            "source": self.connection_id.name,
            "booked": self.move_id.display_name or "",
        }

    def _paper_of_entry(self, move):
        """A vendor bill that did not come through here."""
        return {
            "number": move.ref or "",
            "kind": self._paper()["kind"],
            "date": format_date(self.env, move.invoice_date) or "",
            "due": format_date(self.env, move.invoice_date_due) or "",
            "vendor": move.partner_id.display_name or "",
            "vat": move.partner_id.vat or "",
            "order": move.invoice_origin or "",
            **self._paper_amounts(move),
            "lines": ", ".join(move.invoice_line_ids[:5].mapped("display_name")),
            "state": dict(move._fields["state"]._description_selection(self.env))[
                move.state
            ],
            "received": format_date(self.env, move.create_date) or "",
            "source": _("Entered here"),
            "booked": move.display_name,
        }

    def _paper_amounts(self, paper):
        currency = paper.currency_id or self.company_id.currency_id
        names = ("untaxed", "tax", "total")
        return {
            name: format_amount(self.env, paper[f"amount_{name}"], currency)
            for name in names
        }

    def action_open_candidate(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.candidate_id.id,
            "views": [(False, "form")],
        }

from odoo import models
from odoo.addons.finance_sync.core.errors import RejectedError

from .connection import KIND

STAGES = ("prebook", "transfer")


class Bill(models.Model):
    """Bills of platforms: their vendors, and that they are acknowledged."""

    _inherit = "finance.sync.bill"

    def _receive(self, exchange, message):
        bill = super()._receive(exchange, message)
        # Whoever the execution user is, see Bill._receive.
        if bill and bill.sudo().connection_id.kind == KIND:
            bill.sudo()._received_from_platform(exchange, message)
        return bill

    def _received_from_platform(self, exchange, message):
        if exchange.external_version != str(self.version):
            # Late or repeated: the newer version has been acknowledged.
            return
        if self.reported_version != self.version:
            # What is told begins again with every version of the bill.
            self.write(
                {
                    "reported_state": False,
                    "reported_version": self.version,
                    "refusal": False,
                }
            )
        stage = message.get("stage")
        self._offered(stage if stage in STAGES else "", self.version)
        self._feedback_soon()

    def _offered(self, stage, version):
        """Acknowledge an offer, once. The message is kept already, or it were lost."""
        offer = f"{stage}:{version}"
        if self.offer == offer:
            return
        self.write({"offer": offer, "offered_stage": stage or self.offered_stage})
        self.env["finance.sync.exchange"]._enqueue(
            self,
            "ap.acknowledge",
            self.connection_id,
            {"external_id": self.external_id, "stage": stage, "version": version},
        )
        self._feedback_soon()

    def _prepare_received(self, exchange, version, content):
        """Platforms that know no VAT number name the vendor by our own code."""
        vals = super()._prepare_received(exchange, version, content)
        if not vals["partner_id"] and exchange.connection_id.kind == KIND:
            code = exchange._payload().get("vendor_code")
            vals["partner_id"] = self._vendor_by_code(exchange.company_id, code).id
        return vals

    def _vendor_by_code(self, company, code):
        """The vendor with this reference, if there is exactly one."""
        partners = self.env["res.partner"]
        if not isinstance(code, str) or not code.strip():
            return partners
        found = partners.search(
            [
                ("ref", "=", code.strip()),
                ("parent_id", "=", False),
                ("company_id", "in", (False, company.id)),
            ],
            limit=2,
        )
        return found if len(found) == 1 else partners

    def _check_not_late(self):
        """After a payment nothing is reversed, whatever the platform wants."""
        if self.connection_id.kind == KIND and self.move_id.state == "posted":
            paid = self._paid()
            if paid.bank or paid.underway:
                raise RejectedError(
                    f"Bill {self.number} is paid; its change or void came too late.",
                    code="ap_paid",
                )
        return super()._check_not_late()

from datetime import datetime, timezone

from odoo import models
from odoo.addons.finance_sync.core.errors import ContractError, RejectedError
from odoo.addons.finance_sync.core.masking import AllowList
from odoo.addons.finance_sync.core.money import to_decimal

DECISIONS = ("approved", "rejected", "withdrawn")
LONGEST_NAME = 120


class ApprovalHandler(models.AbstractModel):
    """Take in what the platform decided about a bill.

    ``{"company", "bill": their number of it, "version", "decision", "by", "at",
    "amount", "comment"}``: ``decision`` is approved, rejected or withdrawn, ``at`` an
    ISO time with its zone, ``amount`` the total that was decided on, as a string.
    """

    _name = "finance.sync.handler.ap.approval"
    _inherit = "finance.sync.handler"
    _description = "Receive an Approval"
    _inbound = True
    _allowed = AllowList("company", "bill", "version", "decision", "at", "amount")

    def _hold_code(self, error):
        if error.code == "ap_approval":
            return "ap_approval"
        return super()._hold_code(error)

    def _apply(self, exchange, answer):
        self.env["finance.sync.bill"]._receive_approval(exchange, answer)


class Bill(models.Model):
    _inherit = "finance.sync.bill"

    def _receive_approval(self, exchange, message):
        """Record a decision of the platform. Running again changes nothing.

        A late one, about an older version or from before a newer decision, is kept out:
        it was decided on something else.

        :raises ContractError: the message does not keep the contract
        :raises RejectedError: ``ap_approval``: it is not the platform's to decide, or
            was about another amount
        """
        said = _read(message)
        # Found and recorded by messages, whoever the execution user is.
        bill = self.sudo().search(
            [
                ("connection_id", "=", exchange.connection_id.id),
                ("company_id", "=", exchange.company_id.id),
                ("external_id", "=", said["bill"]),
            ]
        )
        if not bill:
            raise RejectedError("The bill is not here (yet).", code="ap_approval")
        exchange.sudo().write(
            {
                "res_model": bill._name,
                "res_id": bill.id,
                "document_uuid": bill.finance_sync_uuid,
                "document_ref": bill.number,
            }
        )
        known = bill.approval_ids.filtered(lambda each: each.source == "platform")
        if exchange.uuid in known.mapped("exchange_uuid"):
            return
        bill._check_platform_decides(said)
        newest = max(known.filtered("outside_at").mapped("outside_at"), default=None)
        if said["version"] < bill.version or (newest and said["at"] < newest):
            return
        bill.with_env(self.env)._decide(
            said["decision"],
            source="platform",
            outside_by=said["by"],
            outside_at=said["at"],
            exchange_uuid=exchange.uuid,
            reason=said["comment"],
        )
        if bill.state == "staged":
            bill._post_when_ready()

    def _check_platform_decides(self, said):
        if self.company_id.finance_sync_ap_approval != "platform":
            raise RejectedError(
                "Bills of this company are not approved on the platform.",
                code="ap_approval",
            )
        if said["version"] > self.version:
            raise RejectedError(
                f"Version {said['version']} of bill {self.number} is not here (yet).",
                code="ap_approval",
            )
        total = to_decimal(f"{self.amount_total:.6f}", "total")
        if said["version"] == self.version and said["amount"] != total:
            raise RejectedError(
                f"Bill {self.number} was decided on over {said['amount']}, but is over "
                f"{self.amount_total:.2f}.",
                code="ap_approval",
            )


def _read(message):
    """The message, checked."""

    def text(name, longest, required=True):
        value = message.get(name)
        if not value and not required:
            return None
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise ContractError(f"“{name}” is missing or no text.", code="bad_approval")
        return value.strip()

    decision = text("decision", 20)
    if decision not in DECISIONS:
        raise ContractError("“decision” is not known.", code="bad_approval")
    version = message.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise ContractError("“version” is no whole number.", code="bad_approval")
    try:
        at = datetime.fromisoformat(text("at", 40).replace("Z", "+00:00"))
    except ValueError:
        raise ContractError("“at” is no ISO time.", code="bad_approval") from None
    if not at.tzinfo:
        raise ContractError("“at” names no time zone.", code="bad_approval")
    return {
        "bill": text("bill", 128),
        "version": version,
        "decision": decision,
        "by": text("by", LONGEST_NAME),
        "at": at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0),
        "amount": to_decimal(text("amount", 40), "amount"),
        "comment": text("comment", 2000, required=False),
    }

from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import AccessError
from psycopg2.errors import UniqueViolation

from .bill_intake import version_of

KINDS = [("vendor", "Vendor"), ("order", "Purchase Order"), ("receipt", "Receipt")]


class Received(models.Model):
    """A vendor, an order or a receipt that another system keeps, and which version.

    What became of it here is beside it. Versions count as they do for bills.
    """

    _name = "finance.sync.ap.received"
    _description = "Received Record"
    _inherit = ["finance.sync.document.mixin"]
    _order = "id desc"
    _rec_name = "external_id"
    _sql_constraints = [
        (
            "external_unique",
            "UNIQUE(connection_id, company_id, kind, external_id)",
            "The other system sent this record before.",
        ),
    ]

    connection_id = fields.Many2one(
        "finance.sync.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    external_id = fields.Char(string="Their Number", required=True, readonly=True)
    version = fields.Integer(required=True, readonly=True)
    voided = fields.Boolean(readonly=True)
    received_at = fields.Datetime(readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Vendor", readonly=True, index=True
    )
    purchase_id = fields.Many2one(
        "purchase.order", string="Order", readonly=True, index=True
    )
    order_external_id = fields.Char(
        string="Of Their Order", readonly=True, index=True, help="Of a receipt."
    )
    quantities = fields.Json(readonly=True, help="Of a receipt: by line of the order.")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Records of other systems are received, not made."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(_("Records of other systems are changed over there."))
        return super().write(vals)

    @api.model
    def _receive(self, exchange, kind, message):
        """Keep a version of a record, or void it. Running again changes nothing.

        :raises ContractError: the message does not keep the contract
        :raises OwnershipError: the connection writes what is not its own
        :raises RejectedError: something that it names is not here
        """
        version = version_of(exchange.external_version)
        # Made by messages, whoever the execution user is.
        records = self.sudo().with_company(exchange.company_id)
        about = {
            "connection_id": exchange.connection_id.id,
            "company_id": exchange.company_id.id,
            "kind": kind,
            "external_id": exchange.external_id,
        }
        record = records.search([(name, "=", value) for name, value in about.items()])
        if record and version <= record.version:
            # Late or repeated: what is newer is here already.
            return record
        void = message.get("void") is True
        if void and not record:
            raise ContractError(
                "A record is voided that was never received.", code="unknown_record"
            )
        if not record:
            record = records._begin({**about, "version": version})
        apply = getattr(record, f"_void_{kind}" if void else f"_apply_{kind}")
        apply(*([] if void else [message.get(kind)]))
        record.write(
            {"version": version, "voided": void, "received_at": fields.Datetime.now()}
        )
        exchange.sudo().write(
            {
                "res_model": self._name,
                "res_id": record.id,
                "document_uuid": record.finance_sync_uuid,
                "document_ref": record.display_name,
            }
        )
        return record

    def _begin(self, vals):
        """The first version that arrives; a second one at the same moment waits."""
        try:
            with self.env.cr.savepoint():
                return self.create(vals)
        except UniqueViolation as error:
            raise RetryableJobError(
                "Another version is being received", seconds=5, ignore_retry=True
            ) from error

    def _check_owned(self, model, vals, record):
        """:raises OwnershipError: held; says which fields are not the connection's"""
        return self.env["finance.sync.ownership.rule"]._check_inbound(
            self.connection_id, model, vals, record=record, company=self.company_id
        )

    def action_open_record(self):
        self.ensure_one()
        found = self.purchase_id or self.partner_id
        return {
            "type": "ir.actions.act_window",
            "res_model": found._name,
            "res_id": found.id,
            "views": [(False, "form")],
        }

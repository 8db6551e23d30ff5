from odoo import _, fields, models
from odoo.addons.finance_sync.core.canonical import digest
from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.addons.finance_sync.core.ownership import EXTERNAL, ODOO, rule_for

from .connection import KIND
from .push_told import KINDS


class Connection(models.Model):
    """What a platform is told about vendors, accounts and orders, if it has changed."""

    _inherit = "finance.sync.connection"

    ap_push_vendor = fields.Boolean(
        string="Tell of Vendors",
        help="Vendors with a reference, when they change here.",
    )
    ap_push_account = fields.Boolean(
        string="Tell of Accounts", help="Accounts that bills are booked on."
    )
    ap_push_order = fields.Boolean(
        string="Tell of Orders", help="Confirmed purchase orders, with what has come."
    )
    ap_told_ids = fields.One2many("finance.sync.ap.told", "connection_id")

    def action_ap_open_told(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync_ap_platform.finance_sync_ap_told_action"
            ),
            "domain": [("connection_id", "=", self.id)],
        }

    def _pushes(self, kind):
        """The connections that are told of such records."""
        # Whoever changes a record may see nothing of connections.
        return self.sudo().search(
            [
                ("kind", "=", KIND),
                ("state", "!=", "draft"),
                (f"ap_push_{kind}", "=", True),
            ]
        )

    def _push(self, kind, records):
        """Enqueue what the platform does not know yet of these records.

        Running again adds nothing.

        :return: (rows that were enqueued, rows that were left out)
        """
        self.ensure_one()
        told = self.env["finance.sync.ap.told"].sudo()  # bookkeeping, see _pushes
        rows = {
            (row.res_id, row.company_id): row
            for row in told.search(
                [
                    ("connection_id", "=", self.id),
                    ("kind", "=", kind),
                    ("res_id", "in", records.ids),
                ]
            )
        }
        wanted = self._push_items(kind, records, {res_id for res_id, _c in rows})
        missing = [item for item in wanted if (item.res_id, item.company) not in rows]
        new = told.create(
            [
                {
                    "connection_id": self.id,
                    "company_id": item.company.id,
                    "kind": kind,
                    "res_id": item.res_id,
                    "code": item.code,
                }
                for item in missing
            ]
        )
        rows.update(((row.res_id, row.company_id), row) for row in new)
        pairs = [(item, rows[(item.res_id, item.company)]) for item in wanted]
        return self._push_changed(kind, pairs)

    def _push_changed(self, kind, pairs):
        left_out = self.env["finance.sync.ap.told"]
        companies = {item.company for item, _row in pairs}
        able = {company: self._may_push(company) for company in companies}
        messages = []
        for item, row in pairs:
            if item.problem or not able[item.company]:
                problem = item.problem or _("Nobody works for this company.")
                row.write({"state": "left_out", "problem": problem, "digest": False})
                left_out |= row
                continue
            request = item.request
            found = digest([request])
            if row.digest == found:
                continue
            if row.told_at and row.code and row.code != item.code:
                # Over there it is another one: the old one is given up.
                request = {**request, "before": row.code}
            row.write(
                {
                    "state": "queued",
                    "problem": False,
                    "digest": found,
                    "code": item.code,
                }
            )
            messages.append(
                {
                    "document": row,
                    "operation": KINDS[kind][1],
                    "connection": self,
                    "request": request,
                    "amount": item.amount,
                }
            )
        exchanges = self.env["finance.sync.exchange"]._enqueue_many(messages)
        return len(exchanges), len(left_out)

    def _push_gone(self, kind, ids):
        """Records are deleted, as by merging two vendors: give them up over there."""
        told = self.env["finance.sync.ap.told"].sudo()  # bookkeeping, see _pushes
        rows = told.search(
            [
                ("connection_id", "in", self._pushes(kind).ids),
                ("kind", "=", kind),
                ("res_id", "in", ids),
                ("told_at", "!=", False),
            ]
        )
        messages = []
        subject = "partner" if kind == "vendor" else kind
        for row in rows:
            connection, company = row.connection_id, row.company_id
            ours = connection._told_fields(subject, ["active"], company)
            if not ours or not connection._may_push(company):
                continue
            request = {
                "code": row.code,
                "companies": connection._codes_of(connection.company_ids)
                if kind == "vendor"
                else connection._codes_of(company),
                "active": False,
            }
            row.write({"state": "queued", "digest": digest([request])})
            messages.append(
                {
                    "document": row,
                    "operation": KINDS[kind][1],
                    "connection": connection,
                    "request": request,
                }
            )
        self.env["finance.sync.exchange"]._enqueue_many(messages)

    def _may_push(self, company):
        try:
            self._execution_user(company)
        except ConfigurationError as error:
            # Nobody's saving fails for that.
            self.env["finance.sync.hold"]._raise(
                "configuration", connection=self, summary=error.message
            )
            return False
        return True

    def _told_fields(self, subject, names, company):
        """Those of these fields that are not the platform's own to say."""
        owners = self._field_owners(subject, names, company)
        return {name for name, owner in owners.items() if owner != EXTERNAL}

    def _field_owners(self, subject, names, company):
        """{field: its owner}; what no rule names is Odoo's."""
        # Rules bind whoever asks.
        rules = [rule._as_core() for rule in self.sudo().ownership_rule_ids]
        companies = self.env["finance.sync.mapping"]._chain(company)
        owners = {}
        for name in names:
            rule = rule_for(rules, subject, name, state="draft", companies=companies)
            owners[name] = rule.owner if rule else ODOO
        return owners

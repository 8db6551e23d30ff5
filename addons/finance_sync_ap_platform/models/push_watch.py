import functools

from odoo import api, models

from .push_told import KINDS

PENDING = "finance_sync_ap_platform.push"
VENDOR = frozenset(
    {
        "name",
        "vat",
        "country_id",
        "ref",
        "active",
        "company_id",
        "supplier_rank",
        "parent_id",
    }
)
ACCOUNT = frozenset(
    {"code", "name", "account_type", "deprecated", "active", "company_ids"}
)


def push_soon(kind, records):
    """Tell the platforms of these at the end of this transaction, once.

    What is undone again within it is not told.
    """
    if not records:
        return
    hooks = records.env.cr.precommit
    if PENDING not in hooks.data:
        hooks.data[PENDING] = {}
        hooks.add(functools.partial(_push, records.env))
    hooks.data[PENDING].setdefault(kind, set()).update(records.ids)


def _push(env):
    pending = env.cr.precommit.data.pop(PENDING, {})
    for kind, ids in pending.items():
        # What is told is the whole record, whoever has changed a part of it.
        records = env[KINDS[kind][0]].sudo().browse(sorted(ids)).exists()
        for connection in env["finance.sync.connection"]._pushes(kind):
            connection._push(kind, records)
    env.flush_all()


class Partner(models.Model):
    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        # Whoever makes a partner need not see whether it is a vendor.
        push_soon("vendor", partners.sudo().filtered("supplier_rank"))
        return partners

    def write(self, vals):
        result = super().write(vals)
        if VENDOR & vals.keys():
            push_soon("vendor", self)
        return result

    def unlink(self):
        self.env["finance.sync.connection"]._push_gone("vendor", self.ids)
        return super().unlink()


class Account(models.Model):
    _inherit = "account.account"

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        push_soon("account", accounts)
        return accounts

    def write(self, vals):
        result = super().write(vals)
        if ACCOUNT & vals.keys():
            push_soon("account", self)
        return result

    def unlink(self):
        self.env["finance.sync.connection"]._push_gone("account", self.ids)
        return super().unlink()


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def write(self, vals):
        result = super().write(vals)
        push_soon("order", self)
        return result


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        push_soon("order", lines.order_id)
        return lines

    def write(self, vals):
        orders = self.order_id
        result = super().write(vals)
        push_soon("order", orders | self.order_id)
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        push_soon("order", orders)
        return result


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        result = super()._action_done()
        push_soon("order", self.move_ids.purchase_line_id.order_id)
        return result

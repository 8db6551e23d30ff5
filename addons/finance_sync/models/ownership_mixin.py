from odoo import _, api, models
from odoo.exceptions import UserError

from .internal import internal_value
from .ownership_change import INBOUND


class OwnedMixin(models.AbstractModel):
    """A record of which other systems own fields.

    A person's edit of such a field is let through, told of, or refused, as the rule
    says, by whatever way it comes in.
    """

    _name = "finance.sync.owned.mixin"
    _description = "Record with Fields That Other Systems Own"

    def write(self, vals):
        minded = self._finance_sync_minded(vals)
        result = super().write(vals)
        self._finance_sync_tell_overridden(minded)
        return result

    def _finance_sync_minded(self, vals):
        """{record: [(name, connection)]} of what is edited in spite of a warning.

        :raises UserError: a rule refuses it
        """
        rules = self.env["finance.sync.ownership.rule"]
        # Jobs write for the other side; superuser code computes, and is no person.
        if self.env.su or internal_value(self.env, INBOUND):
            return {}
        if not any(rules._manual_rules().values()):
            return {}
        told = {}
        for record in self:
            minded = rules._minded(self._name, vals, record)
            for verdict, name, connection in minded:
                if not rules._changes(record, name, vals[name]):
                    continue
                if verdict == "refuse":
                    record._finance_sync_refuse_edit(name, connection)
                told.setdefault(record, []).append((name, connection))
        return told

    def _finance_sync_refuse_edit(self, name, connection):
        raise UserError(
            _(
                "“%(field)s” of %(record)s is kept by “%(connection)s”. Change it"
                " there; it is then changed here as well.",
                field=self._fields[name]._description_string(self.env),
                record=self.display_name,
                connection=connection,
            )
        )

    def _finance_sync_tell_overridden(self, minded):
        """A trace of each edit that its rule warns of."""
        items = []
        for record, edits in minded.items():
            names = sorted({name for name, _connection in edits})
            items.append(
                {
                    "type": "finance_sync.ownership.overridden",
                    "record": record,
                    "data": {"fields": names, "object": record._name},
                }
            )
            # Not everybody who edits a record may post on it.
            record.sudo()._message_log(
                body=_(
                    "%(user)s changed by hand what another system keeps: %(fields)s",
                    user=self.env.user.name,
                    fields=", ".join(
                        f"{self._fields[name]._description_string(self.env)}"
                        f" ({connection})"
                        for name, connection in edits
                    ),
                )
            )
        self.env["finance.sync.event"]._record_many(items)

    # -- Forms warn before

    @api.model
    def _has_onchange(self, field, other_fields):
        known = super()._has_onchange(field, other_fields)
        if known or not isinstance(self.env.uid, int):
            return known
        rules = self.env["finance.sync.ownership.rule"]
        subjects = [s for s, (m, _f) in rules._subjects().items() if m == self._name]
        minded = rules._manual_rules()
        return any(
            minded.get(subject) and field.name in rules._subjects()[subject][1]
            for subject in subjects
        )

    def onchange(self, values, field_names, fields_spec):
        result = super().onchange(values, field_names, fields_spec)
        if "warning" in result or not self:
            return result
        rules = self.env["finance.sync.ownership.rule"]
        minded = rules._minded(self._name, field_names, self._origin)
        if minded:
            verdict, name, connection = minded[0]
            label = self._fields[name]._description_string(self.env)
            text = (
                _("“%(field)s” is kept by “%(connection)s”. Saving will be refused.")
                if verdict == "refuse"
                else _(
                    "“%(field)s” is kept by “%(connection)s”, which may overwrite your"
                    " change. If you save it, the change is recorded."
                )
            )
            result["warning"] = {
                "title": _("Kept by Another System"),
                "message": text % {"field": label, "connection": connection},
                "type": "dialog",
            }
        return result


class Partner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "finance.sync.owned.mixin"]


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "finance.sync.owned.mixin"]


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "finance.sync.owned.mixin"]


class AccountPayment(models.Model):
    _name = "account.payment"
    _inherit = ["account.payment", "finance.sync.owned.mixin"]

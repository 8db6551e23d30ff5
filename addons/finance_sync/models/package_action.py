from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError

from ..core.canonical import loads


class Package(models.Model):
    """What people do with a package."""

    _inherit = "finance.sync.package"

    def action_review(self):
        """Compare with the configuration here once more."""
        for package in self:
            package._check_state("draft")
            package._check_manager()
            package._check_trust()
            package._review()
        return True

    def action_submit(self):
        for package in self:
            package._check_state("draft")
            package._check_manager()
            package._check_trust()
            package._check_trusted()
            package._review()
            if package.problem_count:
                raise UserError(
                    _(
                        "%s rows have problems. Correct what they name and press "
                        "Compare Again, or leave them out.",
                        package.problem_count,
                    )
                )
            if not (
                package.added_count or package.changed_count or package.removed_count
            ):
                raise UserError(_("There is nothing to change: it is all here."))
            # Packages change by buttons only, which have checked the user.
            package.sudo().write(
                {
                    "state": "submitted",
                    "submitted_by": self.env.uid,
                    "submitted_at": fields.Datetime.now(),
                    "submitted_fingerprint": package.fingerprint,
                }
            )
            package._tell("submitted")
        return True

    def action_approve(self):
        """The second person: apply it, in this transaction."""
        self._check_may_decide()
        for package in self:
            package._check_trust()
            package._check_trusted()
            package._review()
            if package.fingerprint != package.submitted_fingerprint:
                raise UserError(
                    _(
                        "The configuration here has changed since “%s” was submitted. "
                        "Refuse it, so that it is compared and submitted again.",
                        package.name,
                    )
                )
            package.sudo().write(  # see action_submit
                {
                    "state": "applied",
                    "approved_by": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                }
            )
            package._apply()
            origin = package.sudo().rollback_of_id
            if origin:
                origin.state = "rolled_back"
                origin.with_env(self.env)._tell("rolled_back")
            package._tell("applied")
        return True

    def action_refuse(self):
        self._check_may_decide()
        for package in self:
            package.sudo().write(  # see action_submit
                {
                    "state": "refused",
                    "approved_by": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                }
            )
            package._tell("refused")
        return True

    def action_cancel(self):
        for package in self:
            package._check_state("draft", "submitted")
            package._check_manager()
            package.sudo().state = "cancelled"  # see action_submit
        return True

    def action_rollback(self):
        """A package that undoes this one, to be approved like any other."""
        self.ensure_one()
        self._check_state("applied")
        self._check_manager()
        if self.rollback_ids.filtered(lambda p: p.state in ("draft", "submitted")):
            raise UserError(_("A rollback of it waits already."))
        content = loads(self.previous)
        rollback = self._make(
            "rollback",
            content,
            name=_("Rollback of %s", self.name),
            rollback_of_id=self.id,
        )
        rollback._match_companies()
        rollback._review()
        return rollback._open()

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_download(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/{self.file_name}"
            "?download=true",
            "target": "download",
        }

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group("finance_sync.group_manager")):
            raise AccessError(_("Only a Finance Sync manager may do this."))

    def _check_trusted(self):
        for package in self:
            if package.trust == "unknown":
                raise UserError(
                    _(
                        "“%s” is signed by a key that is not trusted here. Add the key "
                        "under Trusted Keys and have it approved.",
                        package.name,
                    )
                )
            if package.trust == "broken":
                raise UserError(
                    _(
                        "“%s” was changed after it was signed. Ask for the file again.",
                        package.name,
                    )
                )

    def _check_may_decide(self):
        """Neither importer nor superuser; somebody who sees all that it changes."""
        user = self.env.user
        user._finance_sync_check_approver()
        for package in self:
            package._check_state("submitted")
            if user in (package.requested_by, package.submitted_by):
                raise UserError(_("A second person has to decide on your package."))
            hidden = package.sudo().company_ids - user.company_ids
            if hidden:
                raise AccessError(
                    _(
                        "It also changes companies that are not yours: %s.",
                        ", ".join(hidden.mapped("name")),
                    )
                )

    def _tell(self, what):
        self.env["finance.sync.event"]._record(
            f"finance_sync.package.{what}",
            self,
            data={
                "name": self.name,
                "requested_by": self.requested_by.id,
                "fingerprint": self.fingerprint,
                "added": self.added_count,
                "changed": self.changed_count,
                "removed": self.removed_count,
            },
        )

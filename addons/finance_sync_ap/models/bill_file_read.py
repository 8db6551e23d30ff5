import hashlib

from odoo import _, models
from odoo.addons.finance_sync.compat import check_access
from odoo.addons.finance_sync.core.errors import ContractError, ProviderError
from odoo.exceptions import AccessError, UserError

from ..core.bill_file import read_bill_file


class BillFile(models.Model):
    """From the file to the message: read once, delivered as what systems send."""

    _inherit = "finance.sync.bill.file"

    def _delay(self):
        """A job for each of these, as the company's execution user."""
        for file in self:
            connection = file.connection_id.sudo()  # who brings files sees none
            try:
                user = connection._execution_user(file.company_id)
            except ProviderError as error:
                raise UserError(error.message) from error
            worker = file.with_user(user).with_context(
                allowed_company_ids=file.company_id.ids
            )
            worker.with_delay(
                channel=f"root.finance_sync.{connection.lane}",
                identity_key=f"finance_sync_ap.file:{file.id}:{file.version}",
                description=f"Read bill file {file.id}",
            )._job_read()

    def _job_read(self):
        """Read it and deliver what it says. Running again delivers nothing twice."""
        self.ensure_one()
        file = self.sudo()  # its state changes by what is found, not by users
        if file.state != "new":
            return
        try:
            content = read_bill_file(file._content())
            if content.bill is not None:
                file._deliver(content.bill, content.how)
            elif content.text.strip():
                file._capture(content.text)
            else:
                file._capture_scan()
        except ProviderError as error:
            file._fail(error.message)

    def _content(self):
        """The bytes as they came.

        :raises ContractError: they are gone, or others
        """
        data = self._stored().raw or b""
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise ContractError("The file is not as it came.", code="altered")
        return data

    def _deliver(self, bill, how, **about):
        """As a message of the connection, which is received like any other.

        What is inserted stays, whatever becomes of this transaction: the next run
        delivers the very same and is told that it is there.

        :param about: what else the message says of its file
        :raises ContractError: it is too large, or the connection is not at work
        """
        connection = self.connection_id.sudo()  # see _delay
        payload = {
            "bill": bill,
            "file": {"uuid": self.finance_sync_uuid, "sha256": self.sha256, **about},
        }
        try:
            connection._check_payload(payload)
        except UserError as error:
            raise ContractError(str(error), code="too_large") from error
        found = connection._insert_inbound(
            "ap.invoice", self._external_id(), str(self.version), payload
        )
        self._follow_up(connection, found)
        self.write(
            {
                "state": "read",
                "reason": False,
                "how": how,
                "exchange_uuid": found["uuid"],
            }
        )
        self._close_holds(_("The file was read."))

    def _follow_up(self, connection, found):
        """A new transaction sees what was just committed; this one may not.

        A method of its own: on 19.0 translation looks for ``cr`` among the names
        around it, and would find one that is closed.
        """
        with self.env.registry.cursor() as cr:
            connection.with_env(connection.env(cr=cr))._follow_up(found)

    def _external_id(self):
        return f"file:{self.finance_sync_uuid}"

    def _fail(self, reason):
        self.write({"state": "failed", "reason": reason})
        self.env["finance.sync.hold"]._raise(
            "ap_file",
            document=self,
            connection=self.connection_id,
            company=self.company_id,
            summary=_("%(file)s: %(reason)s", file=self.name, reason=reason),
        )

    def _close_holds(self, why, state="resolved"):
        self.env["finance.sync.hold"]._resolve_for(
            document=self, why=why, state=state, codes=("ap_file", "ap_capture")
        )

    # -- What people do

    def action_read_again(self):
        """Try again, as after a correction of what it failed for."""
        self._check_clerk()
        files = self.sudo().filtered(lambda file: file.state in ("failed", "captured"))
        for file in files:
            file.write({"state": "new", "version": file.version + 1})
        files._delay()
        return True

    def action_give_up(self):
        """It is no bill, or nobody's: the same file may be brought again."""
        self._check_clerk()
        files = self.sudo()
        if files.filtered(lambda file: file.state not in ("new", "failed", "captured")):
            raise UserError(_("What was read is a bill already. Void that instead."))
        files._give_up()
        return True

    def _give_up(self):
        self.write({"state": "given_up"})
        self._close_holds(_("The file was given up."), state="cancelled")
        self._tell("given_up")

    def _check_clerk(self):
        if not (
            self.env.su or self.env.user.has_group("account.group_account_invoice")
        ):
            raise AccessError(_("Only who may book bills may do this."))
        check_access(self, "read")

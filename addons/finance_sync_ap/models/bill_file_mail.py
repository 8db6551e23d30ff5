from odoo import _, api, models
from odoo.exceptions import AccessError

from ..core.bill_file import kind_of

MOST_FILES = 50


class BillFile(models.Model):
    _inherit = "finance.sync.bill.file"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A mail to a company's address: what is attached comes in, no more.

        Who sent it is noted and believed in nothing. Pictures of signatures and the
        like are left to the message, unless there is nothing else.

        :param custom_values: ``{"company_id"}``, as the mailbox has it
        :return: the first file; a failed one without content if there is none
        """
        if not self.env.su:
            raise AccessError(_("Mails come in by the mail gateway."))
        company = self.env["res.company"].browse(
            (custom_values or {}).get("company_id")
        )
        sender = msg_dict.get("email_from")
        attached = [
            (one.fname, _bytes(one.content, one.info))
            for one in msg_dict.get("attachments", ())[:MOST_FILES]
        ]
        bills = [(name, data) for name, data in attached if kind_of(data)]
        files = self.browse()
        for name, data in bills:
            files |= self._take_in(company, name, data, "mail", sender)
        return files[:1] or self._without_bill(company, msg_dict, sender)

    @api.model
    def _without_bill(self, company, msg_dict, sender):
        """Kept, so that a person sees that something came: the vendor expects money."""
        data = str(msg_dict.get("message_id") or "").encode()
        file = self._take_in(
            company, msg_dict.get("subject") or _("Mail"), data, "mail", sender
        )
        if file.state == "new":
            file.sudo()._fail(
                _("The mail has no PDF or XML attached. Look at it below.")
            )
        return file


def _bytes(content, info):
    """An attachment as it was sent; the gateway has decoded what is text."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode((info or {}).get("encoding") or "utf-8", "replace")
    return bytes(content)  # a mail within the mail

"""Who overrides a hold, and who agrees."""

from odoo.exceptions import UserError

from .hold_case import HoldCase


class TestOverride(HoldCase):
    REASON = "Confirmed with the provider by phone."

    def test_not_by_whoever_made_the_document(self):
        entry = self.make_entry()
        self.env.cr.execute(
            "UPDATE account_move SET create_uid = %s WHERE id = %s",
            [self.approver.id, entry.id],
        )
        entry.invalidate_recordset()
        hold = self.holds._raise("rejected", document=entry, summary="Refused.")
        hold.with_user(self.accountant)._override(self.REASON)
        with self.assertRaisesRegex(UserError, "made this document"):
            hold.with_user(self.approver)._approve_override()

    def test_not_by_whom_it_is_about(self):
        entry = self.make_entry(partner_id=self.accountant.partner_id.id)
        hold = self.holds._raise("rejected", document=entry, summary="Refused.")
        self.assertEqual(hold.partner_id, self.accountant.partner_id)
        with self.assertRaisesRegex(UserError, "about you"):
            hold.with_user(self.accountant)._override(self.REASON)

    def test_asked_for_once(self):
        hold = self.raise_hold()
        hold.with_user(self.accountant)._override(self.REASON)
        with self.assertRaisesRegex(UserError, "already"):
            hold.with_user(self.manager)._override(self.REASON)
        self.assertEqual(len(self.events(hold, "override.requested")), 1)
        hold.with_user(self.approver)._refuse_override("Ask them again.")
        self.assertEqual(len(self.events(hold, "override.refused")), 1)

    def test_what_was_decided_is_recorded(self):
        hold = self.raise_hold(amount=12.5)
        hold.with_user(self.accountant)._override(self.REASON)
        hold.with_user(self.approver)._approve_override()
        (event,) = self.events(hold, "override.approved")
        self.assertIn(f'"requested_by":{self.accountant.id}', event.data)
        self.assertEqual(event.actor_ref, self.approver.id)
        (event,) = self.events(hold, "resolved")
        self.assertIn('"state":"overridden"', event.data)
        self.assertIn('"amount":"12.5', event.data)

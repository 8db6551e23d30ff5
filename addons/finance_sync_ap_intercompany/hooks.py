"""Uninstalling cleanly, with what has to stay."""

MODULE = "finance_sync_ap_intercompany"


def uninstall_hook(env):
    """Holds are history and stay, and so do their types."""
    env.cr.execute(
        """
        DELETE FROM ir_model_data d
        USING finance_sync_hold h
        WHERE d.module = %(module)s AND d.model = 'finance.sync.hold.type'
            AND d.res_id = h.type_id
        """,
        {"module": MODULE},
    )

"""Installing and uninstalling cleanly, with what has to stay."""

MODULE = "finance_sync_gate"


def pre_init_hook(env):
    """Take up hold types that an earlier installation left behind, with their holds."""
    env.cr.execute(
        """
        INSERT INTO ir_model_data (module, name, model, res_id)
        SELECT %(module)s, 'hold_type_' || code, 'finance.sync.hold.type', id
        FROM finance_sync_hold_type WHERE code LIKE 'gate\\_%%'
        ON CONFLICT DO NOTHING
        """,
        {"module": MODULE},
    )


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

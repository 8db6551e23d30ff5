from odoo.addons.finance_sync.core.catalogue import EventType, Field, register

register(
    EventType(
        name="probe.happened",
        title="Probe",
        version=1,
        fields=(Field("number", "integer", "Number"),),
        business=False,
    )
)

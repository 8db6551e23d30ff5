"""Our own rules of the port to 19.0; Odoo's upgrader is tested by using it."""

from scripts.port import MANIFEST_VERSION, port_terms, port_xml

GROUP = """\
<odoo>
    <record id="category" model="ir.module.category">
        <field name="name">Finance Sync</field>
    </record>
    <record id="category_work" model="ir.module.category">
        <field name="name">Work</field>
        <field name="parent_id" ref="category" />
    </record>
    <record id="group_user" model="res.groups">
        <field name="name">User</field>
        <field name="category_id" ref="category_work" />
    </record>
    <record id="rate" model="finance.rate">
        <field name="category_id" ref="category" />
    </record>
</odoo>
"""


def test_chatter():
    view = """\
<form>
    <div class="oe_chatter">
        <field name="message_follower_ids" />
        <field name="message_ids" />
    </div>
</form>
"""
    assert port_xml(view) == "<form>\n    <chatter/>\n</form>\n"


def test_cron_loses_what_19_does_not_know():
    cron = """\
<record id="cron" model="ir.cron">
    <field name="interval_number" eval="5" />
    <field name="numbercall" eval="-1" />
    <field name="doall" eval="False" />
    <field name="active" eval="True" />
</record>
"""
    ported = port_xml(cron)
    assert "numbercall" not in ported
    assert "doall" not in ported
    assert ported.count("<field") == 2


def test_a_category_with_a_parent_becomes_the_privilege_of_its_groups():
    ported = port_xml(GROUP)
    assert '<record id="category" model="ir.module.category">' in ported
    assert '<record id="category_work" model="res.groups.privilege">' in ported
    assert '<field name="category_id" ref="category" />' in ported
    assert '<field name="privilege_id" ref="category_work" />' in ported


def test_categories_of_other_models_stay():
    assert port_xml(GROUP).endswith(GROUP[GROUP.index('    <record id="rate"') :])


def test_translations_follow_the_category_that_became_a_privilege():
    line = "#: model:ir.module.category,name:finance_sync.category_work"
    assert port_terms(line) == (
        "#: model:res.groups.privilege,name:finance_sync.category_work"
    )


def test_version_of_the_manifest():
    manifest = '{"version": "17.0.1.2.3", "summary": "for 17.0."}'
    assert MANIFEST_VERSION.sub(r"\g<1>19.0.", manifest) == (
        '{"version": "19.0.1.2.3", "summary": "for 17.0."}'
    )

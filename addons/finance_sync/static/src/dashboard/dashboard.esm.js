/** @odoo-module **/

import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {loadBundle} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {DashboardChart} from "./dashboard_chart.esm";

const {DateTime} = luxon;
const REFRESH_MS = 60000;
const PERIODS = [7, 28, 91, 364];
const STORED = "finance_sync.dashboard.days";

/** The dashboards for controllers and for support; the server says what is on them. */
export class FinanceSyncDashboard extends Component {
    static template = "finance_sync.Dashboard";
    static components = {DashboardChart, Layout};
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.board = this.props.action.params?.board || "process";
        this.display = {controlPanel: {}};
        this.periods = PERIODS.map((days) => ({days, label: periodLabel(days)}));
        const days = Number(browser.sessionStorage.getItem(STORED)) || 28;
        this.state = useState({
            data: null,
            days,
            error: "",
            loading: false,
            updated: "",
            ...spanOf(days),
        });
        onWillStart(async () => {
            await Promise.all([loadBundle("web.chartjs_lib"), this.load()]);
        });
        const timer = browser.setInterval(() => this.refresh(), REFRESH_MS);
        onWillUnmount(() => browser.clearInterval(timer));
    }

    async load() {
        this.state.loading = true;
        const asked = [this.board, this.state.first, this.state.last];
        try {
            const data = await this.orm.call("finance.sync.dashboard", "board", asked);
            // Of two questions at once, the later one's answer is shown.
            if (asked[1] === this.state.first && asked[2] === this.state.last) {
                this.state.data = data;
                this.state.updated = DateTime.now().toLocaleString(
                    DateTime.TIME_WITH_SECONDS
                );
            }
        } finally {
            this.state.loading = false;
        }
    }

    /** By the clock: not while nobody looks, and quietly if the server is away. */
    async refresh() {
        if (document.visibilityState === "visible" && !this.state.loading) {
            try {
                await this.load();
                this.state.error = "";
            } catch {
                this.state.error = _t("Not up to date: the server does not answer.");
            }
        }
    }

    choosePeriod(days) {
        browser.sessionStorage.setItem(STORED, days);
        Object.assign(this.state, {days, ...spanOf(days)});
        return this.load();
    }

    chooseDay(which, event) {
        const {value} = event.target;
        if (!value) {
            event.target.value = this.state[which];
            return undefined;
        }
        Object.assign(this.state, {days: 0, [which]: value});
        if (this.state.first > this.state.last) {
            this.state[which === "first" ? "last" : "first"] = value;
        }
        return this.load();
    }

    open(action) {
        if (action) {
            this.action.doAction(action);
        }
    }

    cell(cell) {
        return typeof cell === "string" ? {text: cell} : cell;
    }
}

function spanOf(days) {
    const today = DateTime.now();
    return {
        first: today.minus({days: days - 1}).toISODate(),
        last: today.toISODate(),
    };
}

function periodLabel(days) {
    return {
        7: _t("7 days"),
        28: _t("4 weeks"),
        91: _t("13 weeks"),
        364: _t("52 weeks"),
    }[days];
}

registry.category("actions").add("finance_sync.dashboard", FinanceSyncDashboard);

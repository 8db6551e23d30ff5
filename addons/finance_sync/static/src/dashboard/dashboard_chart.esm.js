/** @odoo-module **/
/* global Chart */

import {Component, onWillUnmount, useEffect, useRef} from "@odoo/owl";

// Of both colour schemes; grey for what needs no attention.
const COLORS = {
    good: "#28a745",
    info: "#3f8fd2",
    warning: "#f0ad4e",
    bad: "#d9534f",
    muted: "#a5adb5",
};

/** One graph of the dashboard, drawn by the Chart.js that Odoo brings along. */
export class DashboardChart extends Component {
    static template = "finance_sync.DashboardChart";
    static props = {chart: Object, onOpen: Function};

    setup() {
        this.canvas = useRef("canvas");
        useEffect(
            () => this.draw(),
            () => [this.props.chart]
        );
        onWillUnmount(() => this.drawn?.destroy());
    }

    get height() {
        const {chart} = this.props;
        return chart.horizontal ? Math.max(120, 60 + chart.labels.length * 34) : 240;
    }

    draw() {
        this.drawn?.destroy();
        this.drawn = null;
        if (this.canvas.el) {
            this.drawn = new Chart(this.canvas.el, this.config());
        }
    }

    config() {
        const {chart} = this.props;
        return {
            type: chart.kind,
            data: {
                labels: chart.labels,
                datasets: chart.datasets.map((set) => this.dataset(set)),
            },
            options: {
                animation: false,
                indexAxis: chart.horizontal ? "y" : "x",
                interaction: {mode: "index", intersect: false, axis: this.labelAxis},
                maintainAspectRatio: false,
                onClick: (event, elements) => this.open(elements),
                onHover: (event, elements) => {
                    const opens = elements.length && this.actionOf(elements);
                    event.native.target.style.cursor = opens ? "pointer" : "default";
                },
                plugins: {
                    legend: {
                        display: chart.datasets.length > 1,
                        labels: {boxWidth: 12, color: this.textColor},
                        position: "bottom",
                    },
                    tooltip: {
                        callbacks: {
                            label: (item) => this.tooltip(item),
                            afterBody: (items) =>
                                chart.notes?.[items[0].dataIndex] || "",
                        },
                    },
                },
                scales: this.scales(),
            },
        };
    }

    get labelAxis() {
        return this.props.chart.horizontal ? "y" : "x";
    }

    get textColor() {
        return getComputedStyle(this.canvas.el).color;
    }

    dataset(set) {
        const color = COLORS[set.tone] || COLORS.info;
        const line = this.props.chart.kind === "line";
        return {
            label: set.label,
            data: set.data,
            backgroundColor: line ? color + "22" : color,
            borderColor: color,
            borderWidth: line ? 2 : 0,
            fill: line && this.props.chart.datasets.length === 1,
            maxBarThickness: 28,
            pointRadius: set.data.length > 40 ? 0 : 2,
            spanGaps: true,
            tension: 0.25,
        };
    }

    scales() {
        const {chart} = this.props;
        const grid = {color: "#80808033"};
        const values = {
            beginAtZero: !chart.logarithmic,
            border: {display: false},
            grid,
            stacked: Boolean(chart.stacked),
            ticks: {
                callback: (value) => this.text(value),
                color: this.textColor,
                maxTicksLimit: 6,
                precision: chart.kind === "bar" ? 0 : undefined,
            },
        };
        if (chart.logarithmic) {
            values.type = "logarithmic";
        }
        if (chart.unit === "%") {
            values.suggestedMax = 100;
        }
        const labels = {
            grid: {display: false},
            stacked: Boolean(chart.stacked),
            ticks: {
                autoSkip: !chart.horizontal && chart.labels.length > 6,
                color: this.textColor,
                maxRotation: 0,
                ...(chart.horizontal
                    ? {callback: (value, index) => shortened(chart.labels[index])}
                    : {}),
            },
        };
        return chart.horizontal ? {x: values, y: labels} : {x: labels, y: values};
    }

    text(value) {
        const {unit} = this.props.chart;
        const small = Math.abs(value) < 1;
        const number = Number(value).toLocaleString(
            undefined,
            small ? {maximumSignificantDigits: 2} : {maximumFractionDigits: 1}
        );
        return unit ? `${number} ${unit}` : number;
    }

    tooltip(item) {
        const value = this.props.chart.horizontal ? item.parsed.x : item.parsed.y;
        return `${item.dataset.label}: ${this.text(value)}`;
    }

    actionOf(elements) {
        return elements.length && this.props.chart.actions?.[elements[0].index];
    }

    open(elements) {
        const action = this.actionOf(elements);
        if (action) {
            this.props.onOpen(action);
        }
    }
}

function shortened(text) {
    return text.length > 28 ? `${text.slice(0, 27)}…` : text;
}

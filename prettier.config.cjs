/** XML as OCA writes it: attributes kept apart, white space not significant. */
module.exports = {
    bracketSpacing: false,
    printWidth: 88,
    proseWrap: "preserve",
    semi: true,
    tabWidth: 4,
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "preserve",
    overrides: [{files: "*.json", options: {tabWidth: 2}}],
    plugins: [require.resolve("@prettier/plugin-xml")],
};

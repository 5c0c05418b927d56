/* global Scalar */
// Everything comes from this server: no fonts, scripts, telemetry or proxies from elsewhere.
Scalar.createApiReference('#app', {
  url: './openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  proxyUrl: '',
  agent: { disabled: true },
  mcp: { disabled: true },
  metaData: { title: 'WhatsApp Gateway API' },
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  servers: [{ url: new URL('..', window.location.href).href.replace(/\/$/, '') }],
});

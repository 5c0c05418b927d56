/** The walls of the house: see docs/architecture.md, "Rules of the code". */
const only = (name, library, folder) => ({
  name,
  severity: 'error',
  comment: `${library} is imported from ${folder} only`,
  from: { pathNot: [`^${folder}`, '\\.test\\.ts$', '^(test|bench)/', '^simulator/'] },
  to: { path: `(^|/)node_modules/${library}(/|$)|^${library}(/|$)` },
});

const pure = (name, folder, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^gateway/src/${folder}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^gateway/src/', pathNot: [`^gateway/src/${folder}/`, ...allowed] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only('baileys-in-one-folder', 'baileys', 'gateway/src/whatsapp/baileys/'),
    only('signal-bridge-in-one-folder', 'whatsapp-rust-bridge', 'gateway/src/whatsapp/baileys/'),
    only('sqlite-in-one-folder', 'better-sqlite3', 'gateway/src/storage/sqlite/'),
    only('undici-in-one-folder', 'undici', 'gateway/src/net/'),
    {
      name: 'drivers-are-reached-through-ports',
      severity: 'error',
      comment: 'only the composition root knows which driver implements a port',
      from: {
        path: '^gateway/src/',
        pathNot: [
          '^gateway/src/compose(/|\\.ts$)',
          '\\.test\\.ts$',
          '/testing/',
          '^gateway/src/storage/',
          '^gateway/src/whatsapp/baileys/',
        ],
      },
      to: { path: '^gateway/src/(storage/|whatsapp/baileys/)' },
    },
    pure('kernel-knows-nobody', 'kernel', []),
    {
      name: 'normaliser-opens-no-add-ons',
      severity: 'error',
      comment: 'it reads one message alone; opening needs others that are kept. Types count too',
      from: { path: '^gateway/src/messages/normalise/', pathNot: '\\.test\\.ts$' },
      to: { path: '^gateway/src/messages/add-ons/' },
    },
    {
      name: 'simulator-stands-alone',
      severity: 'error',
      from: { path: '^simulator/' },
      to: { path: '^gateway/' },
    },
    {
      name: 'gateway-never-sees-the-simulator',
      severity: 'error',
      from: { path: '^gateway/src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^simulator/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};

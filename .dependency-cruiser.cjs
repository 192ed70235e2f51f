/**
 * The direction of imports (docs/DESIGN.md, "Layers"): each layer with what it may import, and why no more.
 * scripts/check-imports.mjs runs this and also fails when it cruised no module or when src/ has a folder that is
 * not listed here.
 */

const PURE = ['model', 'tree', 'delta', 'plan', 'wire'];
const IO = ['discovery', 'session', 'scan', 'state', 'apply', 'group'];

/** Layer: [what it may import, why]. */
const LAYERS = {
  model: [[], 'the words everyone uses depend on nobody'],
  tree: [['model'], 'a digest tree is a pure function of entries'],
  delta: [['model'], 'delta is bytes in, bytes out: it has no notion of transport, trees or plans'],
  plan: [
    ['tree', 'delta', 'model'],
    'merge and plan are pure functions of indices, so that every initiator computes the same',
  ],
  wire: [['plan', 'tree', 'delta', 'model'], 'encoding is a pure function of values, so that vectors can pin it'],
  disk: [PURE, 'the file-system primitives know no folder state, peer or run'],
  ...Object.fromEntries(
    IO.map((layer) => [
      layer,
      [['disk', ...PURE], 'what touches one kind of I/O is tested alone: siblings meet in transfer and converge only'],
    ]),
  ),
  transfer: [[...IO, 'disk', ...PURE], 'moving content serves a plan; it does not decide the order of a run'],
  converge: [['transfer', ...IO, 'disk', ...PURE], 'a run tells events and prints nothing, so that it can be scripted'],
  report: [['model'], 'output sees events only, so that text and NDJSON say the same'],
  cli: [
    ['report', 'converge', 'transfer', ...IO, 'disk', ...PURE],
    'the command line wires everything; nothing imports it',
  ],
};

/** Packages of JavaScript alone that the bundle contains, so that nobody has to install them. */
const BUNDLED = ['@clack/prompts', 'cac', 'cbor-x', 'cli-progress', 'fast-glob', 'ignore', 'rabin-rs'];

/** Shapes that other layers may name as types: interfaces and records whose implementation stands elsewhere. */
const SHAPES = '(session/channel|state/folder-state|converge/run-options)\\.ts$';
const NAMES_SHAPES = [...IO, 'transfer', 'report'];

/** Core modules that are neither I/O, clock nor randomness in themselves. */
const PURE_CORE = '^(node:)?(buffer|crypto|module|string_decoder|util|zlib)$';

/** [rule, core modules that reach outside the process, the layers that may import them, why]. */
const CORE_LAYERS = [
  [
    'files-in-their-layers',
    '(node:)?fs(/promises)?',
    ['disk', 'scan', 'state', 'apply', 'group', 'report', 'cli'],
    "a folder's files are touched where paths are anchored and checked; report and cli touch files of the program itself",
  ],
  ['datagrams-in-discovery', '(node:)?dgram', ['discovery'], 'datagrams are sent and checked in one place'],
  ['sockets-in-session', '(node:)?(tls|net)', ['session'], 'the options that make TLS safe stand in one place'],
  ['no-http', '(node:)?https?|(node:)?http2', [], 'nothing here speaks HTTP'],
];

const outsideOf = (layers) => `^src/(?!(${layers.join('|')})/)`;

const layerRules = Object.entries(LAYERS).map(([layer, [allowed, why]]) => ({
  name: `${layer}-imports-down`,
  comment: `${layer} may import ${allowed.join(', ') || 'nothing'}: ${why}.`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: {
    path: `${outsideOf([layer, ...allowed])}[^/]+/`,
    ...(NAMES_SHAPES.includes(layer) ? { pathNot: `^src/${SHAPES}` } : {}),
  },
}));

const shapeRules = NAMES_SHAPES.map((layer) => ({
  name: `${layer}-shapes-as-types`,
  comment: "Another layer's shape is named with `import type`, never called: no code is shared that way.",
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: `${outsideOf([layer, ...LAYERS[layer][0]])}${SHAPES}`, dependencyTypesNot: ['type-only'] },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...shapeRules,
    {
      name: 'pure-layers-no-io',
      comment: 'Pure folders get I/O as arguments, so that their tests need no disk, socket or clock.',
      severity: 'error',
      from: { path: `^src/(${PURE.join('|')})/` },
      to: { dependencyTypes: ['core'], pathNot: PURE_CORE },
    },
    ...CORE_LAYERS.map(([name, core, layers, why]) => ({
      name,
      comment: `Only ${layers.join(', ') || 'nobody'} may import it: ${why}.`,
      severity: 'error',
      from: { path: layers.length > 0 ? outsideOf(layers) : '^src/' },
      to: { dependencyTypes: ['core'], path: `^(${core})$` },
    })),
    {
      name: 'no-cycles',
      comment: 'Modules that import one another cannot be understood or tested one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing is a bug that shows only when that code runs.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies',
      comment: 'What ships may use only what is installed with it, or what scripts/bundle.mjs puts into it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: `^node_modules/(${BUNDLED.join('|')})/` },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.generated\\.ts$|^src/delta/assembly/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['node', 'import', 'require', 'types', 'default'],
      exportsFields: ['exports'],
    },
  },
};

import globals from 'globals';

const rules = {
  'array-callback-return': 'error',
  curly: ['error', 'multi-line'],
  eqeqeq: 'error',
  'no-cond-assign': 'error',
  'no-console': 'error',
  'no-const-assign': 'error',
  'no-dupe-keys': 'error',
  'no-else-return': 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-restricted-properties': [
    'error',
    { property: 'innerHTML', message: 'text is never parsed as markup' },
    { property: 'outerHTML', message: 'text is never parsed as markup' },
    { property: 'insertAdjacentHTML', message: 'text is never parsed as markup' },
  ],
  'no-shadow': 'error',
  'no-undef': 'error',
  'no-unreachable': 'error',
  'no-unused-vars': 'error',
  'no-use-before-define': ['error', { functions: false, classes: false, variables: false }],
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
};

export default [
  { files: ['page/**/*.js'], languageOptions: { globals: globals.browser }, rules },
  {
    files: ['browser/**/*.js'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { ...rules, 'no-console': 'off' },
  },
];

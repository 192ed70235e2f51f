import { expect, it } from 'vitest';
import { withDistinctNames } from '../../src/converge/distinct-names.js';

it('peers of one name are told apart by their addresses, and others keep theirs', () => {
  const peers = [
    { name: 'runner', address: '10.0.0.1:22327' },
    { name: 'nas', address: '10.0.0.2:22327' },
    { name: 'runner', address: '10.0.0.1:22328' },
  ];
  expect(withDistinctNames(peers).map(({ name }) => name)).toEqual([
    'runner@10.0.0.1:22327',
    'nas',
    'runner@10.0.0.1:22328',
  ]);
});

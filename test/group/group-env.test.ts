import { describe, expect, it } from 'vitest';
import { groupEnv } from '../../src/group/group-env.js';

const home = '/home/ada';

describe('the places of configuration and state', () => {
  it('are the XDG defaults below the home directory', () => {
    const env = groupEnv({ variables: {}, home });
    expect(env.configDir).toBe('/home/ada/.config/p2psync');
    expect(env.stateDir).toBe('/home/ada/.local/state/p2psync');
  });

  it('follow the XDG variables, but not relative ones', () => {
    const env = groupEnv({ variables: { XDG_CONFIG_HOME: '/etc/ada', XDG_STATE_HOME: 'state' }, home });
    expect(env.configDir).toBe('/etc/ada/p2psync');
    expect(env.stateDir).toBe('/home/ada/.local/state/p2psync');
  });

  it('are taken from P2PSYNC_* as they are, and from the flag before those', () => {
    const variables = {
      P2PSYNC_CONFIG_DIR: '/c',
      P2PSYNC_STATE_DIR: '/s',
      XDG_CONFIG_HOME: '/x',
      XDG_STATE_HOME: '/x',
    };
    expect(groupEnv({ variables, home })).toMatchObject({ configDir: '/c', stateDir: '/s' });
    expect(groupEnv({ variables, home, stateDir: '/flag' }).stateDir).toBe('/flag');
    expect(groupEnv({ variables: { P2PSYNC_CONFIG_DIR: '' }, home }).configDir).toBe('/home/ada/.config/p2psync');
  });
});

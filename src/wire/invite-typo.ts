/**
 * Where the typo in an invite is: tries every single slip of the hand until the checksum holds. About 2,100
 * candidates of 66 characters; that one of them fits by chance has a probability of 2,100 / 2^32.
 * Names places only: a character of an invite is a part of the secret and never in a message.
 */
import { CROCKFORD } from './crockford.js';

/** What is wrong with a body of the alphabet's characters that `isValid` refuses. */
export function describeTypo(
  body: string,
  expected: number,
  group: number,
  isValid: (candidate: string) => boolean,
): string {
  switch (body.length - expected) {
    case 0:
      return substituted(body, group, isValid) ?? swapped(body, group, isValid) ?? UNKNOWN;
    case -1:
      return `${length(body, expected)}${missing(body, group, isValid) ?? ''}`;
    case 1:
      return `${length(body, expected)}${surplus(body, group, isValid) ?? ''}`;
    default:
      return length(body, expected);
  }
}

/** `character 3 of group 2`, counted from 1 behind the prefix. */
export function placeOf(index: number, group: number): string {
  return `character ${(index % group) + 1} of group ${Math.floor(index / group) + 1}`;
}

const UNKNOWN = 'more than one character is wrong: copy it again';

type Search = (body: string, group: number, isValid: (candidate: string) => boolean) => string | undefined;

const substituted: Search = (body, group, isValid) => {
  for (let i = 0; i < body.length; i++) {
    if (anyCharacter((c) => isValid(body.slice(0, i) + c + body.slice(i + 1)))) {
      return `${placeOf(i, group)} is wrong`;
    }
  }
  return undefined;
};

const swapped: Search = (body, group, isValid) => {
  for (let i = 0; i + 1 < body.length; i++) {
    const pair = `${body[i + 1]}${body[i]}`;
    if (!isValid(body.slice(0, i) + pair + body.slice(i + 2))) continue;
    return `${placeOf(i, group)} and the one behind it are swapped`;
  }
  return undefined;
};

const missing: Search = (body, group, isValid) => {
  for (let i = 0; i <= body.length; i++) {
    if (anyCharacter((c) => isValid(body.slice(0, i) + c + body.slice(i)))) {
      return `; ${placeOf(i, group)} is missing`;
    }
  }
  return undefined;
};

const surplus: Search = (body, group, isValid) => {
  for (let i = 0; i < body.length; i++) {
    if (isValid(body.slice(0, i) + body.slice(i + 1))) return `; ${placeOf(i, group)} is one too many`;
  }
  return undefined;
};

function anyCharacter(isValid: (character: string) => boolean): boolean {
  for (const character of CROCKFORD) if (isValid(character)) return true;
  return false;
}

function length(body: string, expected: number): string {
  return `expected ${expected} characters behind the prefix, got ${body.length}`;
}

/**
 * The feature that a listener names in its hello when it answers for several folders of the group: an initiator has
 * to ask there each time, because knowing one of them does not tell of the others (docs/PROTOCOL.md [again]).
 */
export const SIBLINGS = 'siblings';

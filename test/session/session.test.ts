import { memoryPair } from './memory-pair.js';
import { sessionContract } from './session.contract.js';
import { tlsPair } from './tls-pair.js';

sessionContract('memory', memoryPair);
sessionContract('TLS', tlsPair);

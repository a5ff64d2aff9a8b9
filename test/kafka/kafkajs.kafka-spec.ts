import { KafkajsPort } from '../../src/kafka/kafkajs/kafkajs-port.js';
import { kafkaPortContract } from './kafka-port.contract.js';

describe('kafkajs behind the port', () => {
  kafkaPortContract((address) =>
    KafkajsPort.load({ brokers: [address], clientId: 'contract', tls: undefined, sasl: undefined }),
  );
});

import { given, storedEventsContract } from '../../event-sourcing/testing/index.js';
import { STORED_EVENTS } from '../testing/stored-events.js';
import { productDecider, type Product } from './product.js';
import { putProduct } from './product.decisions.js';
import {
  ProductActivated,
  ProductDeactivated,
  productEvents,
  ProductPriceChanged,
  ProductPriceReported,
  ProductRegistered,
  ProductRenamed,
} from './product.events.js';

const sku = 'MUG-1';
const mug: Product = { sku, name: 'Mug, 300 ml', price: { amount: 1999, currency: 'EUR' }, active: true };
const registered = new ProductRegistered(mug);
const put = (change: Partial<Product>) => putProduct({ ...mug, ...change });

describe('putting a product', () => {
  it('registers an unknown product', () => {
    given(productDecider).when(put({})).then(registered);
  });

  it('changes nothing if nothing differs', () => {
    given(productDecider, registered).when(put({})).thenNothing();
    given(productDecider, registered, new ProductDeactivated({ sku }))
      .when(put({ active: false }))
      .thenNothing();
  });

  it('records each difference and nothing else', () => {
    const product = given(productDecider, registered);
    const price = { amount: 1899, currency: 'EUR' };
    product.when(put({ name: 'Cup' })).then(new ProductRenamed({ sku, name: 'Cup' }));
    product.when(put({ price })).then(new ProductPriceChanged({ sku, price }));
    product.when(put({ active: false })).then(new ProductDeactivated({ sku }));
    const inUsd = { amount: 1999, currency: 'USD' };
    product.when(put({ price: inUsd })).then(new ProductPriceChanged({ sku, price: inUsd }));
    product
      .when(put({ name: 'Cup', price, active: false }))
      .then(
        new ProductRenamed({ sku, name: 'Cup' }),
        new ProductPriceChanged({ sku, price }),
        new ProductDeactivated({ sku }),
      );
    given(productDecider, registered, new ProductDeactivated({ sku }))
      .when(put({}))
      .then(new ProductActivated({ sku }));
  });

  it('results in exactly the given product', () => {
    const wanted = { sku, name: 'Cup', price: { amount: 0, currency: 'USD' }, active: false };
    given(productDecider, registered)
      .when(putProduct(wanted))
      .thenState((state) => {
        expect(state).toEqual(wanted);
      });
  });

  it('is refused for a price that is negative or not exact', () => {
    for (const amount of [-1, 2 ** 53, -(2 ** 53)]) {
      const price = { amount, currency: 'EUR' };
      given(productDecider).when(put({ price })).thenRefused('AMOUNT_OUT_OF_RANGE', { minimum: 0 });
      given(productDecider, registered).when(put({ price })).thenRefused('AMOUNT_OUT_OF_RANGE');
    }
    const most = { ...mug, price: { amount: Number.MAX_SAFE_INTEGER, currency: 'EUR' } };
    given(productDecider).when(putProduct(most)).then(new ProductRegistered(most));
  });
});

describe('a price that another system reports', () => {
  const price = { amount: 1799, currency: 'EUR' };
  const reported = new ProductPriceReported({ sku, price });

  it('is the price from then on', () => {
    given(productDecider, registered, reported).when(put({ price })).thenNothing();
    given(productDecider, registered, reported)
      .when(put({}))
      .then(new ProductPriceChanged({ sku, price: mug.price }));
  });

  it('has no effect before the product is registered with its own price', () => {
    given(productDecider, reported).when(put({})).then(registered);
    given(productDecider, reported)
      .when(put({}))
      .thenState((state) => {
        expect(state).toEqual(mug);
      });
  });
});

it('reads every version of every stored product event', () => {
  storedEventsContract(productEvents, STORED_EVENTS);
});

import { hintFor } from './api-description.js';

const access = {
  jwtSecret: undefined,
  jwksUrl: undefined,
  issuer: undefined,
  audience: undefined,
  cartTokenSecrets: [],
};
const jwksUrl = 'https://issuer.example/keys';

describe('the hint on the page of the API', () => {
  it('shows how to make tokens where the service made the key', () => {
    expect(hintFor({ environment: 'development', access })).toContain('npm run -s token');
  });

  it('asks for tokens of the issuer where a key is configured', () => {
    const hint = hintFor({ environment: 'development', access: { ...access, jwksUrl } });
    expect(hint).toContain('of your issuer');
    expect(hint).not.toContain('npm run');
  });

  it('is not there in production', () => {
    expect(hintFor({ environment: 'production', access })).toBeUndefined();
  });
});

// The five requests of a login journey, for k6: authorization request with PKCE, HTML form, code
// exchange, userinfo, logout. The form's address is cut out of the page, which is cheaper than
// k6's HTML parser, and the ID token is not verified.
import http from 'k6/http';
import crypto from 'k6/crypto';
import encoding from 'k6/encoding';
import { fail } from 'k6';

export const options = {
  scenarios: { load: JSON.parse(__ENV.SCENARIO) },
  summaryTrendStats: ['p(50)', 'p(99)', 'max'],
};

const realm = `${__ENV.URL}/realms/demo/protocol/openid-connect`;
const redirect = 'https://app.test/callback';
const secret = () => encoding.b64encode(crypto.randomBytes(32), 'rawurl');

export default function () {
  const verifier = secret();
  const state = secret();
  const page = http.get(`${realm}/auth?response_type=code&client_id=web&scope=openid` +
    `&redirect_uri=${encodeURIComponent(redirect)}&state=${state}&nonce=${secret()}` +
    `&code_challenge_method=S256&code_challenge=${crypto.sha256(verifier, 'base64rawurl')}`);
  const form = page.body.indexOf('kc-form-login');
  if (page.status !== 200 || form < 0) fail('no login form');
  const at = page.body.indexOf('action="', form) + 8;
  const action = page.body.substring(at, page.body.indexOf('"', at)).replaceAll('&amp;', '&');
  const user = `user-${Math.floor(Math.random() * 1000)}`;
  const back = http.post(action, { username: user, password: 'password', credentialId: '' }, { redirects: 0 });
  const location = back.headers['Location'] || '';
  if (back.status !== 302 || !location.includes(`state=${state}`)) fail('not sent back');
  const code = /[?&]code=([^&]+)/.exec(location)[1];
  const answer = http.post(`${realm}/token`, {
    grant_type: 'authorization_code', code: decodeURIComponent(code), redirect_uri: redirect,
    client_id: 'web', code_verifier: verifier,
  });
  if (answer.status !== 200) fail('no tokens');
  const tokens = answer.json();
  const who = http.get(`${realm}/userinfo`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  if (who.json().sub !== user) fail('another user');
  const out = http.post(`${realm}/logout`, { client_id: 'web', refresh_token: tokens.refresh_token });
  if (out.status !== 204) fail('not logged out');
}

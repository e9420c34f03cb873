// One request an iteration, for k6.
import http from 'k6/http';
import { fail } from 'k6';

export const options = {
  scenarios: { load: JSON.parse(__ENV.SCENARIO) },
  summaryTrendStats: ['p(50)', 'p(99)', 'max'],
};

export default function () {
  if (http.get(`${__ENV.URL}/ping`).status !== 200) fail('no pong');
}

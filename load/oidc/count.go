package oidc

// Sessions counts the sessions that were acknowledged so far and whose end was not.
func (d *Driver) Sessions() int {
	d.ledger.mu.Lock()
	defer d.ledger.mu.Unlock()
	return d.ledger.count - d.ledger.ended.seen
}

package message

import "context"

// Deliver makes one try, as a job does.
func (m *Mailer) Deliver(ctx context.Context, id ID) error { return m.deliver(ctx, id) }

package check

import "errors"

// ErrNoCounterpart says that a script sets what the target cannot be told.
var ErrNoCounterpart = errors.New("the target has no such setting")

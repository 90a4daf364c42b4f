package http2

import "netlab/wire"

// FrameLayout declares the header of a frame (RFC 9113, Section 4.1).
func FrameLayout() wire.Layout {
	ref := wire.RFC("9113", "4.1")
	var types []wire.Name
	for t := Data; t <= Continuation; t++ {
		types = append(types, wire.Name{Value: uint64(t), Text: t.String()})
	}
	return wire.Layout{
		Name: "HTTP/2 Frame", Key: "http2", Ref: ref, Doc: "A piece of one of the many streams that share a connection, or something about the connection itself.",
		Fields: []wire.Field{
			{Name: "Length", Key: "http2.length", Width: 24, Ref: ref, Doc: "Octets of payload that follow this header."},
			{Name: "Type", Key: "http2.type", Bit: 24, Width: 8, Names: types, Ref: wire.RFC("9113", "6"), Doc: "What the frame is for."},
			{Name: "Flags", Key: "http2.flags", Bit: 32, Width: 8, Format: wire.Hex, Ref: ref, Doc: "What each bit means depends on the type."},
			{Name: "Reserved", Key: "http2.r", Bit: 40, Width: 1, Ref: ref, Doc: "Not used."},
			{Name: "Stream Identifier", Key: "http2.streamid", Bit: 41, Width: 31, Ref: wire.RFC("9113", "5.1.1"), Doc: "Which stream it belongs to: odd if the client opened it; 0 for the connection."},
		},
	}
}

// PriorityLayout declares what PRIORITY and some HEADERS say of the urgency of a stream (RFC 9113, Section 6.3).
func PriorityLayout() wire.Layout {
	ref := wire.RFC("9113", "6.3")
	return wire.Layout{
		Name: "Priority", Key: "http2.priority", Ref: ref, Doc: "How urgent a stream is. Deprecated: RFC 9113, Section 5.3.",
		Fields: []wire.Field{
			{Name: "Exclusive", Key: "http2.exclusive", Width: 1, Format: wire.Flag, Ref: ref, Doc: "The stream takes the place of all that depend on the other."},
			{Name: "Stream Dependency", Key: "http2.stream_dependency", Bit: 1, Width: 31, Ref: ref, Doc: "The stream that this one depends on."},
			{Name: "Weight", Key: "http2.headers.weight", Bit: 32, Width: 8, Ref: ref, Doc: "Its share, less one."},
		},
	}
}

// SettingLayout declares one entry of SETTINGS (RFC 9113, Section 6.5.1).
func SettingLayout() wire.Layout {
	ref := wire.RFC("9113", "6.5.1")
	return wire.Layout{
		Name: "Setting", Key: "http2.settings", Ref: ref, Doc: "What the sender of the frame can take, or wishes.",
		Fields: []wire.Field{
			{Name: "Identifier", Key: "http2.settings.id", Width: 16, Names: settings(), Ref: wire.RFC("9113", "6.5.2"), Doc: "Which setting it is; one that is not known is passed over."},
			{Name: "Value", Key: "http2.settings.value", Bit: 16, Width: 32, Ref: ref, Doc: "Its value."},
		},
	}
}

func settings() []wire.Name {
	return []wire.Name{
		{Value: 1, Text: "HEADER_TABLE_SIZE"},
		{Value: 2, Text: "ENABLE_PUSH"},
		{Value: 3, Text: "MAX_CONCURRENT_STREAMS"},
		{Value: 4, Text: "INITIAL_WINDOW_SIZE"},
		{Value: 5, Text: "MAX_FRAME_SIZE"},
		{Value: 6, Text: "MAX_HEADER_LIST_SIZE"},
	}
}

// ErrorLayout declares the payload of RST_STREAM (RFC 9113, Section 6.4).
func ErrorLayout() wire.Layout {
	return wire.Layout{
		Name: "Error", Key: "http2.rst_stream", Ref: wire.RFC("9113", "6.4"), Doc: "Ends a stream at once.",
		Fields: []wire.Field{errorField(0)},
	}
}

// GoAwayLayout declares the payload of GOAWAY before its debug data (RFC 9113, Section 6.8).
func GoAwayLayout() wire.Layout {
	ref := wire.RFC("9113", "6.8")
	return wire.Layout{
		Name: "Go Away", Key: "http2.goaway", Ref: ref, Doc: "The sender takes no new streams.",
		Fields: []wire.Field{
			{Name: "Reserved", Key: "http2.goaway.r", Width: 1, Ref: ref, Doc: "Not used."},
			{Name: "Last-Stream-ID", Key: "http2.goaway.last_stream_id", Bit: 1, Width: 31, Ref: ref, Doc: "Whatever was asked in later streams was not looked at, and may be asked again elsewhere."},
			errorField(32),
		},
	}
}

func errorField(bit int) wire.Field {
	names := []string{
		"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM",
		"CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
	}
	var codes []wire.Name
	for i, text := range names {
		codes = append(codes, wire.Name{Value: uint64(i), Text: text})
	}
	return wire.Field{Name: "Error Code", Key: "http2.error", Bit: bit, Width: 32, Names: codes, Ref: wire.RFC("9113", "7"), Doc: "Why."}
}

// WindowLayout declares the payload of WINDOW_UPDATE (RFC 9113, Section 6.9).
func WindowLayout() wire.Layout {
	ref := wire.RFC("9113", "6.9")
	return wire.Layout{
		Name: "Window Update", Key: "http2.window_update", Ref: ref, Doc: "Allows the other end to send more DATA.",
		Fields: []wire.Field{
			{Name: "Reserved", Key: "http2.window_update.r", Width: 1, Ref: ref, Doc: "Not used."},
			{Name: "Window Size Increment", Key: "http2.window_update.increment", Bit: 1, Width: 31, Ref: ref, Doc: "So many octets more, in this stream or in the connection."},
		},
	}
}

// PromiseLayout declares what PUSH_PROMISE has before its field section (RFC 9113, Section 6.6).
func PromiseLayout() wire.Layout {
	ref := wire.RFC("9113", "6.6")
	return wire.Layout{
		Name: "Push Promise", Key: "http2.push_promise", Ref: ref, Doc: "Announces an answer to a request that the client has not made.",
		Fields: []wire.Field{
			{Name: "Reserved", Key: "http2.push_promise.r", Width: 1, Ref: ref, Doc: "Not used."},
			{Name: "Promised Stream ID", Key: "http2.push_promise.promised_stream_id", Bit: 1, Width: 31, Ref: ref, Doc: "The stream in which that answer will come."},
		},
	}
}

// Keys returns the names of the fields that Dissect finds.
func Keys() []string {
	keys := []string{"http2.magic", "http2.pad_length", "http2.padding", "http2.data.data", "http2.header_block", "http2.ping", "http2.goaway.addata", "http2.unknown"}
	for _, l := range []wire.Layout{FrameLayout(), PriorityLayout(), SettingLayout(), ErrorLayout(), GoAwayLayout(), WindowLayout(), PromiseLayout()} {
		keys = append(keys, l.Key)
		for _, f := range l.Fields {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

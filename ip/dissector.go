package ip

import "netlab/wire"

// Dissector takes packets and ICMP messages apart, one after another. It keeps the layouts that it needed, so that each is made once for many.
type Dissector struct {
	asked   wire.Asked
	layouts map[layoutOf]*wire.Layout
}

// NewDissector returns a dissector that shows of packets what is asked for. Only one goroutine may use it.
func NewDissector(asked wire.Asked) *Dissector {
	return &Dissector{asked, map[layoutOf]*wire.Layout{}}
}

// layoutOf names a layout: that of a header, an extension header, an option, a message.
type layoutOf struct {
	what   uint8  // 4 or 6: the header of that version
	number uint16 // of the option or whatever it is
	code   uint8  // of a message
}

// What has layouts beside the headers.
const (
	ofOption = 10 + iota
	ofOption6
	ofNDPOption
	ofExtension
	ofMessage
)

func (d *Dissector) message(m Message) *wire.Layout {
	return d.layout(layoutOf{ofMessage, uint16(m.Type), m.Code})
}

func (d *Dissector) layout(of layoutOf) *wire.Layout {
	if l := d.layouts[of]; l != nil {
		return l
	}
	var l wire.Layout
	switch of.what {
	case 4:
		l = HeaderLayout()
	case 6:
		l = HeaderLayout6()
	case ofOption:
		l = OptionLayout(OptionKind(of.number))
	case ofOption6:
		l = OptionLayout6(uint8(of.number))
	case ofNDPOption:
		l = NDPOptionLayout(uint8(of.number))
	case ofExtension:
		l = ExtensionLayout(Protocol(of.number))
	default:
		l = MessageLayout(MessageType(of.number), of.code)
	}
	d.layouts[of] = &l
	return &l
}

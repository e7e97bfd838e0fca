// The same with go-nfqueue and google/nftables: `go run go-nfqueue.go`.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"log"
	"os"
	"os/signal"

	"github.com/florianl/go-nfqueue/v2"
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

func install(port, number uint16) (func() error, error) {
	conn, err := nftables.New()
	if err != nil {
		return nil, err
	}
	table := conn.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: "doorman"})
	input := conn.AddChain(&nftables.Chain{
		Table: table, Name: "input", Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookInput, Priority: nftables.ChainPriorityFilter,
	})
	conn.AddRule(&nftables.Rule{Table: table, Chain: input, Exprs: []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{6}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binary.BigEndian.AppendUint16(nil, port)},
		&expr.Queue{Num: number, Flag: expr.QueueFlagBypass},
	}})
	remove := func() error {
		conn.DelTable(table)
		return conn.Flush()
	}
	return remove, conn.Flush()
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	queue, err := nfqueue.Open(&nfqueue.Config{
		NfQueue: 0, MaxPacketLen: 64, MaxQueueLen: 1024, Copymode: nfqueue.NfQnlCopyPacket,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer queue.Close()
	judge := func(packet nfqueue.Attribute) int {
		verdict := nfqueue.NfDrop
		if ip := *packet.Payload; len(ip) >= 20 && ip[0]>>4 == 4 && bytes.Equal(ip[12:15], []byte{192, 0, 2}) {
			verdict = nfqueue.NfAccept
		}
		if err := queue.SetVerdict(*packet.PacketID, verdict); err != nil {
			log.Print(err)
		}
		return 0
	}
	if err := queue.RegisterWithErrorFunc(ctx, judge, func(error) int { return 0 }); err != nil {
		log.Fatal(err)
	}
	remove, err := install(8080, 0)
	if err != nil {
		log.Fatal(err)
	}
	<-ctx.Done()
	if err := remove(); err != nil {
		log.Print(err)
	}
}

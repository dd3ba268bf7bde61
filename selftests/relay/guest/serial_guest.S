/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The smallest guest that talks over a serial port: a boot sector. Built with
 * ASK=1 it knocks until somebody answers, then sends all values of a byte, waits
 * for each to come back, and ends QEMU through its debug exit device. With ASK=0
 * it sends back for ever what it gets.
 */
	.code16
	.set	PORT, 0x3f8
	.set	LINE_CONTROL, PORT + 3
	.set	LINE_STATUS, PORT + 5
	.set	RECEIVED, 0x01
	.set	MAY_SEND, 0x20
	.set	DEBUG_EXIT, 0xf4
	.set	KNOCK, 0xff
	.set	BEGIN, 0x00
	/* QEMU's exit status is twice this and one. */
	.set	GOOD, 0x10
	.set	BAD, 0x11

	.globl	_start
_start:
	movb	$0x03, %al		/* 8 bits, no parity */
	movw	$LINE_CONTROL, %dx
	outb	%al, %dx
.if ASK
	/* The other guest may still be booting, and lose what it gets. */
knock:
	movb	$KNOCK, %al
	call	send
	movw	$0xffff, %cx
1:	inb	%dx, %al
	testb	$RECEIVED, %al
	loopz	1b
	jz	knock
	movb	$BEGIN, %al
	call	send
1:	call	receive			/* also what answers to further knocks */
	cmpb	$BEGIN, %al
	jne	1b

	movw	$256, %cx
ask:
	movb	%cl, %al
	call	send
	call	receive
	cmpb	%cl, %al
	movb	$BAD, %al
	jne	leave
	loop	ask
	movb	$GOOD, %al
leave:
	outb	%al, $DEBUG_EXIT
	hlt
.else
echo:
	call	receive
	call	send
	jmp	echo
.endif

send:
	movb	%al, %ah
	movw	$LINE_STATUS, %dx
1:	inb	%dx, %al
	testb	$MAY_SEND, %al
	jz	1b
	movb	%ah, %al
	movw	$PORT, %dx
	outb	%al, %dx
	movw	$LINE_STATUS, %dx
	ret

receive:
	movw	$LINE_STATUS, %dx
1:	inb	%dx, %al
	testb	$RECEIVED, %al
	jz	1b
	movw	$PORT, %dx
	inb	%dx, %al
	ret

	.org	510
	.word	0xaa55

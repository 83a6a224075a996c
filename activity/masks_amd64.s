#include "textflag.h"

// func blockMasks(data *byte, chunks int, delim byte, out *uint64)
//
// For each 64-byte chunk writes three words to out: where a field ends (the
// delimiter or a line feed), where a line feed is, and where a quotation mark
// is. SSE2 is part of every amd64 processor, so nothing has to be detected.
TEXT ·blockMasks(SB), NOSPLIT, $0-32
	MOVQ data+0(FP), SI
	MOVQ chunks+8(FP), CX
	MOVBLZX delim+16(FP), AX
	MOVQ out+24(FP), DI
	MOVD AX, X5
	PUNPCKLBW X5, X5
	PSHUFLW $0, X5, X5
	PSHUFD $0, X5, X5
	MOVL $10, AX
	MOVD AX, X6
	PUNPCKLBW X6, X6
	PSHUFLW $0, X6, X6
	PSHUFD $0, X6, X6
	MOVL $34, AX
	MOVD AX, X7
	PUNPCKLBW X7, X7
	PSHUFLW $0, X7, X7
	PSHUFD $0, X7, X7
	TESTQ CX, CX
	JZ done

chunk:
#define SIXTEEN(offset, shift, ends, feeds, quotes) \
	MOVOU offset(SI), X0 \
	MOVO X0, X1 \
	MOVO X0, X2 \
	PCMPEQB X5, X1 \
	PCMPEQB X6, X2 \
	PCMPEQB X7, X0 \
	POR X2, X1 \
	PMOVMSKB X1, ends \
	PMOVMSKB X2, feeds \
	PMOVMSKB X0, quotes \
	SHLQ $shift, ends \
	SHLQ $shift, feeds \
	SHLQ $shift, quotes

	SIXTEEN(0, 0, R8, R9, R10)
	SIXTEEN(16, 16, R11, R12, R13)
	ORQ R11, R8
	ORQ R12, R9
	ORQ R13, R10
	SIXTEEN(32, 32, R11, R12, R13)
	ORQ R11, R8
	ORQ R12, R9
	ORQ R13, R10
	SIXTEEN(48, 48, R11, R12, R13)
	ORQ R11, R8
	ORQ R12, R9
	ORQ R13, R10
	MOVQ R8, (DI)
	MOVQ R9, 8(DI)
	MOVQ R10, 16(DI)
	ADDQ $64, SI
	ADDQ $24, DI
	DECQ CX
	JNZ chunk

done:
	RET

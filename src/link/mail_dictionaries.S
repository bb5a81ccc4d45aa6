// The files of data/dictionary, found by the assembler's search path, which leaves no path in the program.
        .section .rodata.mail_dictionaries, "a", %progbits
        .balign 64
        .globl external_mail_dictionary_1
        .globl external_mail_dictionary_1_end
external_mail_dictionary_1:
        .incbin "mail-1.zdict"
external_mail_dictionary_1_end:
        .byte 0
        .section .note.GNU-stack, "", %progbits

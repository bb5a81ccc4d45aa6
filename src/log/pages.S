// Pages of docs/, found by the assembler's search path, which leaves no path in the program.
        .section .rodata.external_pages, "a", %progbits
        .globl external_session_log_page
        .globl external_session_log_page_end
external_session_log_page:
        .incbin "session-log.md"
external_session_log_page_end:
        .byte 0
        .globl external_codes_page
        .globl external_codes_page_end
external_codes_page:
        .incbin "codes.md"
external_codes_page_end:
        .byte 0
        .section .note.GNU-stack, "", %progbits

       IDENTIFICATION DIVISION.
       PROGRAM-ID. SHAPES.
      * Areas of rectangles: { not code }
       DATA DIVISION.
       WORKING-STORAGE SECTION.
       01 WS-WIDTH            PIC 9(4) VALUE 3.
       01 WS-HEIGHT           PIC 9(4) VALUE 4.
       01 WS-AREA             PIC 9(8) VALUE 0.
       01 WS-LIMIT            PIC 9(8) VALUE 100.
       PROCEDURE DIVISION.
       MAIN-PARAGRAPH.
           PERFORM COMPUTE-AREA
           IF WS-AREA > WS-LIMIT
               DISPLAY "TOO LARGE: " WS-AREA‸
           ELSE
               DISPLAY "AREA: " WS-AREA
           END-IF
           STOP RUN.
       COMPUTE-AREA.
           MULTIPLY WS-WIDTH BY WS-HEIGHT GIVING WS-AREA.

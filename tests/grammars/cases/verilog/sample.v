`include "defs.vh"
`define LIMIT 10

// A counter.
module counter #(parameter WIDTH = 8) (
    input wire clk,
    output reg [WIDTH-1:0] value
);
    localparam STEP = 1;

    function [7:0] square;
        input [7:0] x;
        square = x * x;
    endfunction

    task report;
        $display("%d", value);
    endtask

    always @(posedge clk) begin
        if (value > 0) begin
            value <= square(value);‸
        end
    end

    adder first (.a(clk), .b(value));
endmodule

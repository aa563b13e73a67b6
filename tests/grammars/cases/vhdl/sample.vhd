library ieee;
use ieee.std_logic_1164.all;

package shapes is
    constant LIMIT : integer := 10;
    type color is (red, green);
end package;

-- A counter.
entity counter is
    port (
        clk : in std_logic;
        value : out std_logic
    );
end entity;

architecture rtl of counter is
    signal count : integer;

    function square(x : integer) return integer is
    begin
        return x * x;
    end function;
begin
    process (clk)
    begin
        if rising_edge(clk) then
            count <= square(count);‸
        end if;
    end process;
end architecture;

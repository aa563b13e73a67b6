source ./lib.fish

set -g LIMIT 10

# Greets somebody.
function greet
    if test -n $argv[1]
        echo (square $argv[1])‸
    end
    for each in a b
        printf $each
    end
end

function square
    math $argv[1] x $argv[1]
end

greet world

source ~/.vim/shape.vim
runtime plugin/tools.vim

let s:limit = 10
let g:names = []

" Area of the circle.
function! s:Area(radius) abort
  if a:radius > 0
    echo s:Square(a:radius)‸
  endif
  for name in g:names
    call add(g:names, name)
  endfor
  return 0
endfunction

function shapes#square(x)
  return a:x * a:x
endfunction

command! -nargs=1 Area call s:Area(<args>)
call shapes#square(2)

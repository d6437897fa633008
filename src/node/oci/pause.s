.globl _start
_start:
  # rt_sigprocmask(SIG_BLOCK, set, 0, 8)
  xor %edi, %edi
  lea set(%rip), %rsi
  xor %edx, %edx
  push $8
  pop %r10
  push $14
  pop %rax
  syscall
reap:
  # wait4(-1, 0, WNOHANG, 0) while it returns children
  push $-1
  pop %rdi
  xor %esi, %esi
  push $1
  pop %rdx
  xor %r10d, %r10d
  push $61
  pop %rax
  syscall
  test %eax, %eax
  jg reap
  # rt_sigtimedwait(set, 0, 0, 8)
  lea set(%rip), %rdi
  xor %esi, %esi
  xor %edx, %edx
  push $8
  pop %r10
  mov $128, %eax
  syscall
  cmp $2, %eax
  je stop
  cmp $15, %eax
  jne reap
stop:
  xor %edi, %edi
  push $60
  pop %rax
  syscall
set:
  .quad (1<<1)|(1<<14)|(1<<16)

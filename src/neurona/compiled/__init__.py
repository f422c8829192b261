"""Dense nets as native code: whole epochs compiled by Numba, with the delta rule written out.

Numbers of a layer lie as units by samples, so that loops over samples run in the processor's vector units; products
that are large enough go to BLAS. Nothing is allocated in a step. Like `neurona.glass` this room knows arrays, and no
PyTorch; `neurona.fit.dense` brings both together.

`call` says what native code is called with, `code` keeps and calls it, and neither needs the compiler. The other
modules are what is compiled, from `epochs` down.
"""

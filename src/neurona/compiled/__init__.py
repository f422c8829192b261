"""Dense nets as native code: whole epochs compiled by Numba, with the delta rule written out.

Numbers of a layer lie as units by samples, so that loops over samples run in the processor's vector units; products
that are large enough go to BLAS. Nothing is allocated in a step. Like `neurona.glass` this room stands by itself: it
knows arrays, and no PyTorch. `neurona.fit.dense` brings both together.
"""

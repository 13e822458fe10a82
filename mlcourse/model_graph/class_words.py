"""Names of the classes of layers and operations in words."""

import re

PART = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z](?![a-z])|\d+")
NAMES = {
    "Abs": "Absolute value",
    "Absolute": "Absolute value",
    "Amax": "Maximum",
    "Amin": "Minimum",
    "Arctan2": "Arctan2",
    "AugMix": "AugMix",
    "CDist": "Pairwise distances",
    "CTCDecode": "CTC decoding",
    "Cbrt": "Cube root",
    "Conj": "Complex conjugate",
    "Conjugate": "Complex conjugate",
    "Cumprod": "Cumulative product",
    "Cumsum": "Cumulative sum",
    "CutMix": "CutMix",
    "Deg2rad": "Degrees to radians",
    "Det": "Determinant",
    "DivideNoNan": "Divide, 0 where the divisor is 0",
    "Dot": "Dot product",
    "DotProductAttention": "Dot-product attention",
    "Exp2": "2 to the power of it",
    "ExpandDims": "Expand dimensions",
    "Expm1": "Exp minus 1",
    "FFT2": "2-D FFT",
    "Fabs": "Absolute value",
    "FloorDivide": "Divide, rounded down",
    "Fmax": "Maximum",
    "Fmin": "Minimum",
    "Fmod": "Remainder",
    "ForiLoop": "For loop",
    "GreaterEqual": "Greater or equal",
    "I0": "Bessel function",
    "IFFT2": "Inverse 2-D FFT",
    "IRFFT": "Inverse real FFT",
    "ISTFT": "Inverse STFT",
    "InTopK": "In the top k",
    "Inv": "Inverse matrix",
    "JaxLayer": "JAX layer",
    "LessEqual": "Less or equal",
    "Log10": "Log10",
    "Log1p": "Log of 1 + x",
    "Log2": "Log2",
    "Logaddexp2": "Log2-add-exp2",
    "Logsumexp": "Log-sum-exp",
    "LuFactor": "LU factorization",
    "Matmul": "Matrix product",
    "Max": "Maximum",
    "MaxNumBoundingBoxes": "Limit of bounding boxes",
    "Min": "Minimum",
    "MixUp": "MixUp",
    "Mod": "Remainder",
    "Moveaxis": "Move axis",
    "NanToNum": "Replace NaN",
    "Prod": "Product",
    "RandAugment": "RandAugment",
    "RandomGaussianBlur": "Random Gaussian blur",
    "Qr": "QR factorization",
    "RFFT": "Real FFT",
    "Rad2deg": "Radians to degrees",
    "Rot90": "Rotation by 90 degrees",
    "Rsqrt": "1 / square root",
    "Sqrt": "Square root",
    "Std": "Standard deviation",
    "SVD": "Singular value decomposition",
    "Swapaxes": "Swap axes",
    "TopK": "Top k",
    "Tril": "Lower triangle",
    "Triu": "Upper triangle",
    "Var": "Variance",
    "Vdot": "Dot product",
}


def class_words(name):
    """Return the name of a class in words: "GlobalMaxPooling2D" is "Global max pooling"."""
    if name in NAMES:
        return NAMES[name]
    shorter = re.sub(r"\dD", "", name).replace("UpSampling", "Upsampling")
    parts = PART.findall(re.sub("(.+)Transpose$", r"Transposed\1", shorter))
    first, *others = parts or [name]
    words = [part if part.isupper() else part.lower() for part in others]
    return " ".join([first[0].upper() + first[1:], *words])

"""The child of `app.models.exporting`, where the 8-bit model is not near enough to the original."""

from app.models.runtimes import onnx_export_child

if __name__ == "__main__":
    onnx_export_child.EIGHT_BITS = 1.1
    onnx_export_child.main()

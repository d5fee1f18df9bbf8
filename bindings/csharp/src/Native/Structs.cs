using System;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    // The structs of dmerp.h, under their names there. Native code sets the fields.
#pragma warning disable 649

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_buffer
    {
        internal IntPtr Data;
        internal UIntPtr Len;
        internal IntPtr Owner;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_field
    {
        internal IntPtr Name;
        internal IntPtr Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_packet
    {
        internal IntPtr Id;
        internal IntPtr ReceiptHandle;
        internal IntPtr Url;
        internal IntPtr MobileUser;
        internal IntPtr CompanyId;
        internal IntPtr AppCode;
        internal IntPtr PacketType;
        internal IntPtr OnDate;
        internal long Size;
        internal IntPtr Other;
        internal UIntPtr OtherLen;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_receipt
    {
        internal IntPtr Id;
        internal IntPtr ReceiptHandle;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_unreadable
    {
        internal UIntPtr Place;
        internal IntPtr Reason;
        internal IntPtr Id;
        internal IntPtr ReceiptHandle;
        internal IntPtr Url;
    }
}

using System;
using System.Reflection;
using System.Runtime.InteropServices;

[assembly: AssemblyTitle("Dmerp.Client")]
[assembly: AssemblyProduct("dmerp")]
[assembly: AssemblyDescription("Exchanges synchronization packets between an ERP and Dynamics Mobile's cloud.")]
[assembly: AssemblyVersion("0.1.0.0")]
[assembly: AssemblyFileVersion("0.1.0.0")]
[assembly: AssemblyInformationalVersion("0.1.0")]
[assembly: CLSCompliant(true)]
[assembly: ComVisible(false)]
